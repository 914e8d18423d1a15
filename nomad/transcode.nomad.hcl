# A worker of transcoding, dispatched by the service as the queue needs it. The queue is in PostgreSQL:
# a worker takes the most urgent step under a lease, until there is none, and may die at any moment.
#   nomad job run nomad/transcode.nomad.hcl; nomad job dispatch -namespace media transcode

variable "release" {
  type    = string
  default = "/var/cache/marquee/cluster/releases/current"
}

variable "bin" {
  type    = string
  default = "/var/cache/marquee/cluster/bin"
}

variable "idle_seconds" {
  type        = number
  default     = 600
  description = "How long a worker stays when there is nothing to do"
}

variable "cpu" {
  type    = number
  default = 500
}

variable "memory" {
  type    = number
  default = 1024
}

job "transcode" {
  namespace = "media"
  type      = "batch"
  priority  = 40

  parameterized {
    payload       = "forbidden"
    meta_optional = ["why"]
  }

  group "worker" {
    # Encoding takes every core it can get: rather not where the stores and the ingress are.
    affinity {
      attribute = "${meta.marquee.ingress}"
      value     = "false"
      weight    = 100
    }

    network {
      mode = "bridge"
    }

    # The service asks for another when one fails; a host that is gone costs a lease of 15 seconds.
    restart {
      attempts = 2
      interval = "10m"
      delay    = "2s"
      mode     = "fail"
    }

    reschedule {
      attempts  = 1
      interval  = "1h"
      delay     = "5s"
      unlimited = false
    }

    ephemeral_disk {
      size = 20000
    }

    service {
      name = "transcode"
      port = "9"

      connect {
        sidecar_service {
          proxy {
            upstreams {
              destination_name = "postgres"
              local_bind_port  = 5432
            }

            upstreams {
              destination_name = "seaweedfs"
              local_bind_port  = 8333
            }
          }
        }

        sidecar_task {
          driver = "raw_exec"

          config {
            command = "${var.bin}/envoy"
            args = ["-c", "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json", "-l", "${meta.connect.log_level}",
            "--concurrency", "${meta.connect.proxy_concurrency}", "--disable-hot-restart"]
          }

          env {
            CONSUL_GRPC_ADDR = "unix://${NOMAD_ALLOC_DIR}/tmp/consul_grpc.sock"
          }

          resources {
            cpu    = 50
            memory = 128
          }
        }
      }
    }

    task "worker" {
      driver       = "raw_exec"
      kill_timeout = "10s"

      vault {
        role = "transcode"
      }

      config {
        command = "${var.bin}/python"
        args = [
          "-m", "apps.transcoding.main", "worker", "--name", "${NOMAD_ALLOC_ID}",
          "--idle-seconds", "${var.idle_seconds}",
        ]
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/secrets.json"
        perms       = "0600"
        change_mode = "noop"
        data        = <<-EOT
          {"transcoding": {{ with secret "secret/data/transcoding" }}{{ .Data.data | toJSON }}{{ end }}}
        EOT
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/database_url"
        perms       = "0600"
        change_mode = "noop"
        data        = <<-EOT
          {{ with secret "database/creds/transcoding" }}postgresql://{{ .Data.username }}:{{ .Data.password }}@127.0.0.1:5432/postgres{{ end }}
        EOT
      }

      env {
        PYTHONPATH                = var.release
        PYTHONUNBUFFERED          = "1"
        MALLOC_ARENA_MAX          = "2"
        MARQUEE_ENV               = "${meta.marquee.stage}"
        MARQUEE_S3_INTERNAL_URL   = "http://127.0.0.1:8333"
        MARQUEE_WORK_FOLDER       = "${NOMAD_ALLOC_DIR}/data"
        MARQUEE_SECRETS_FILE      = "${NOMAD_SECRETS_DIR}/secrets.json"
        MARQUEE_DATABASE_URL_FILE = "${NOMAD_SECRETS_DIR}/database_url"
        MARQUEE_VAULT_ADDR        = "${meta.marquee.vault_address}"
        MARQUEE_VAULT_CA_FILE     = "${meta.marquee.vault_ca_file}"
        MARQUEE_VAULT_TOKEN_FILE  = "${NOMAD_SECRETS_DIR}/vault_token"
      }

      resources {
        cpu    = var.cpu
        memory = var.memory
      }
    }
  }
}
