# Every service with a schema, workers, commands, and Vault, which makes the users.
Kind = "service-intentions"
Name = "postgres"
Sources = [
  { Name = "auth", Action = "allow" },
  { Name = "profiles", Action = "allow" },
  { Name = "videos", Action = "allow" },
  { Name = "transcoding", Action = "allow" },
  { Name = "catalog", Action = "allow" },
  { Name = "playback", Action = "allow" },
  { Name = "transcode", Action = "allow" },
  { Name = "operations", Action = "allow" },
  { Name = "vault", Action = "allow" },
]
