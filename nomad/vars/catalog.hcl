name = "catalog"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
  { name = "typesense", port = 8108 },
]
