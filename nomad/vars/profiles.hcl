name = "profiles"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
]
