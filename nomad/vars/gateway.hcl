name     = "gateway"
database = false
# The ports that the HTTPEndpoints of components/cluster name, and Redis: facts, limits, ended sessions, who acts.
upstreams = [
  { name = "auth", port = 9101 },
  { name = "videos", port = 9102 },
  { name = "transcoding", port = 9103 },
  { name = "catalog", port = 9104 },
  { name = "playback", port = 9105 },
  { name = "profiles", port = 9106 },
  { name = "redis", port = 6379 },
]
most = 2
# Twenty starts of a film a second take less than half of it.
cpu = 1000
settings = {
  # The load balancer, which writes X-Forwarded-For; the Envoys pass it on as it is.
  MARQUEE_GATEWAY_PROXIES = "1"
  # As long as there is none, all ask from one address.
  MARQUEE_GATEWAY_NETWORK_FACTOR = "1000"
}
