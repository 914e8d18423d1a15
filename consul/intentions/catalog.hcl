# Only the gateway calls a service.
Kind = "service-intentions"
Name = "catalog"
Sources = [
  { Name = "gateway", Action = "allow" },
]
