name   = "redis"
port   = 6379
memory = 256
config = <<-EOT
  bind 127.0.0.1
  port 6379
  dir {{ env "DATA" }}
  appendonly yes
  appendfsync everysec
  maxmemory-policy noeviction
  save ""
  {{ with secret "secret/data/redis" }}requirepass {{ .Data.data.password }}{{ end }}
EOT
args   = ["$${NOMAD_SECRETS_DIR}/config"]
