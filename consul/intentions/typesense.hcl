# Search.
Kind = "service-intentions"
Name = "typesense"
Sources = [
  { Name = "catalog", Action = "allow" },
  { Name = "operations", Action = "allow" },
]
