# The one door, for everybody outside.
Kind = "service-intentions"
Name = "gateway"
Sources = [
  { Name = "ingress", Action = "allow" },
]
