name = "playback"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
]
most = 2
# Twenty starts of a film a second take less than half of it.
cpu = 1000
settings = {
  # Keys in the clear, so that the film plays in a browser without a licence contract; production refuses it.
  MARQUEE_PLAYBACK_CLEARKEY = "1"
}
