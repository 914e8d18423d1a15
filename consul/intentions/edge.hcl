# Media, for everybody with a delivery token.
Kind = "service-intentions"
Name = "edge"
Sources = [
  { Name = "ingress", Action = "allow" },
]
