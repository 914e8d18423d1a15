# Only the gateway calls a service.
Kind = "service-intentions"
Name = "auth"
Sources = [
  { Name = "gateway", Action = "allow" },
]
