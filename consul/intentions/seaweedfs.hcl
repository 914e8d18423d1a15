# Masters, work and media. Studios send parts through the ingress: PUT, into the masters alone.
Kind = "service-intentions"
Name = "seaweedfs"
Sources = [
  { Name = "videos", Action = "allow" },
  { Name = "transcoding", Action = "allow" },
  { Name = "transcode", Action = "allow" },
  { Name = "edge", Action = "allow" },
  { Name = "operations", Action = "allow" },
  {
    Name = "ingress"
    Permissions = [
      {
        Action = "allow"
        HTTP {
          PathPrefix = "/masters/"
          Methods    = ["PUT", "OPTIONS"]
        }
      },
    ]
  },
]
