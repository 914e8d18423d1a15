name     = "edge"
database = false
upstreams = [
  { name = "redis", port = 6379 },
  { name = "seaweedfs", port = 8333 },
]
memory = 288
