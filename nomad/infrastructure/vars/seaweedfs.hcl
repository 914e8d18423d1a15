name = "seaweedfs"
port = 8333
# Its graceful stop always waits 15 s; what it has acknowledged is written already.
stop_signal = "SIGKILL"
environment = { GOMEMLIMIT = "300MiB" }
config      = <<-EOT
  {{ with secret "secret/data/seaweedfs" }}{"identities": [{
    "name": "marquee",
    "credentials": [{"accessKey": "{{ .Data.data.access_key }}", "secretKey": "{{ .Data.data.secret_key }}"}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"]
  }]}{{ end }}
EOT
args = [
  "-logtostderr", "server", "-dir=$${meta.marquee.volumes}/seaweedfs", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
  "-s3", "-s3.port=8333", "-s3.config=$${NOMAD_SECRETS_DIR}/config",
  "-volume.max=0", "-master.volumeSizeLimitMB=1024", "-master.electionTimeout=1s", "-master.telemetry=false",
]
