name = "auth"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
]
settings = {
  # As long as no load balancer before the ingress says who asks, all ask from one address.
  MARQUEE_AUTH_NETWORK_FACTOR = "1000"
}
