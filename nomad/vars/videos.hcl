name = "videos"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
  { name = "seaweedfs", port = 8333 },
]
