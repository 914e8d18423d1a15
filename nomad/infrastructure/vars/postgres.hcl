name = "postgres"
port = 5432
# "Fast": open transactions are rolled back.
stop_signal = "SIGINT"
config      = "{{ with secret \"secret/data/postgres\" }}{{ .Data.data.password }}{{ end }}"
prepare     = <<-EOT
  if ! test -e "$DATA/PG_VERSION"; then
    rm -rf "$DATA/new"
    "$(dirname "$(readlink -f "$PROGRAM")")/initdb" -D "$DATA/new" -U marquee -A scram-sha-256 -E UTF8 \
      --locale=C.UTF-8 --pwfile "$NOMAD_SECRETS_DIR/config" --no-instructions
    mv "$DATA"/new/* "$DATA"
    rmdir "$DATA/new"
  fi
EOT
args = [
  "-D", "$${meta.marquee.volumes}/postgres",
  "-c", "listen_addresses=127.0.0.1",
  "-c", "unix_socket_directories=",
  "-c", "shared_buffers=64MB",
  "-c", "max_connections=200",
  "-c", "jit=off",
  "-c", "log_min_messages=warning",
]
