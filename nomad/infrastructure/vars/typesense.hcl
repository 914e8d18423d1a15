name   = "typesense"
port   = 8108
health = "/health"
config = <<-EOT
  [server]
  data-dir = {{ env "DATA" }}
  api-address = 127.0.0.1
  api-port = 8108
  peering-address = 127.0.0.1
  peering-port = 8107
  {{ with secret "secret/data/typesense" }}api-key = {{ .Data.data.api_key }}{{ end }}
EOT
args   = ["--config=$${NOMAD_SECRETS_DIR}/config"]
