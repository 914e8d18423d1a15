# Only the gateway calls a service.
Kind = "service-intentions"
Name = "playback"
Sources = [
  { Name = "gateway", Action = "allow" },
]
