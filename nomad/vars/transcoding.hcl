name = "transcoding"
upstreams = [
  { name = "postgres", port = 5432 },
  { name = "redis", port = 6379 },
  { name = "seaweedfs", port = 8333 },
]
settings = {
  # Workers are dispatched batch jobs: one always, so that a film starts at once, and two at most.
  MARQUEE_TRANSCODING_RUNNER       = "nomad"
  MARQUEE_TRANSCODING_WARM_WORKERS = "1"
  MARQUEE_TRANSCODING_WORKERS      = "2"
  MARQUEE_TRANSCODING_WORKER_LOGS  = "$${meta.marquee.nomad_address}/ui/allocations/{worker}/worker/logs"
}
