# Only the gateway calls a service.
Kind = "service-intentions"
Name = "profiles"
Sources = [
  { Name = "gateway", Action = "allow" },
]
