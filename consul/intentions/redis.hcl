# Pub/sub of every service that hears or announces, stream leases, limits, and copies of reads.
Kind = "service-intentions"
Name = "redis"
Sources = [
  { Name = "auth", Action = "allow" },
  { Name = "profiles", Action = "allow" },
  { Name = "videos", Action = "allow" },
  { Name = "transcoding", Action = "allow" },
  { Name = "catalog", Action = "allow" },
  { Name = "playback", Action = "allow" },
  { Name = "edge", Action = "allow" },
  { Name = "gateway", Action = "allow" },
]
