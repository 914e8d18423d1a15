# Only the gateway calls a service.
Kind = "service-intentions"
Name = "videos"
Sources = [
  { Name = "gateway", Action = "allow" },
]
