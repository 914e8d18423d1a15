# Only the gateway calls a service.
Kind = "service-intentions"
Name = "transcoding"
Sources = [
  { Name = "gateway", Action = "allow" },
]
