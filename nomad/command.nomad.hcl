# One command beside the services, in the mesh: migrations, a sweep, a report.
#   nomad job run -var-file=nomad/commands/migrate.hcl nomad/command.nomad.hcl

variable "name" {
  type = string
}

variable "args" {
  type        = list(string)
  description = "Python's arguments"
}

variable "cron" {
  type        = string
  default     = ""
  description = "When it runs by itself; empty: once, now"
}

variable "service" {
  type        = string
  default     = ""
  description = "The service whose database user and secrets it has; empty: the operations' own"
}

variable "release" {
  type    = string
  default = "/var/cache/marquee/cluster/releases/current"
}

variable "bin" {
  type    = string
  default = "/var/cache/marquee/cluster/bin"
}

locals {
  # Migrations run as the database's owner, everything else as its service would.
  owner   = var.service == ""
  secrets = local.owner ? ["postgres", "seaweedfs"] : [var.service]
  user    = local.owner ? "secret/data/postgres" : "database/creds/${var.service}"
  url     = "postgresql://${local.owner ? "marquee:{{ .Data.data.password }}" : "{{ .Data.username }}:{{ .Data.password }}"}@127.0.0.1:5432/postgres"
}

job "command" {
  id   = var.name
  name = var.name
  type = "batch"

  dynamic "periodic" {
    for_each = var.cron == "" ? [] : [var.cron]
    content {
      crons            = [periodic.value]
      prohibit_overlap = true
    }
  }

  group "command" {
    network {
      mode = "bridge"
    }

    restart {
      attempts = 5
      interval = "10m"
      delay    = "3s"
      mode     = "fail"
    }

    service {
      name = "operations"
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

            upstreams {
              destination_name = "typesense"
              local_bind_port  = 8108
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

    task "command" {
      driver = "raw_exec"

      vault {
        role = "operations"
      }

      config {
        command = "${var.bin}/python"
        args    = var.args
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/secrets.json"
        perms       = "0600"
        change_mode = "noop"
        data = format("{%s}", join(",", [
          for name in local.secrets :
          "\"${name}\": {{ with secret \"secret/data/${name}\" }}{{ .Data.data | toJSON }}{{ end }}"
        ]))
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/database_url"
        perms       = "0600"
        change_mode = "noop"
        data        = <<-EOT
          {{ with secret "${local.user}" }}${local.url}{{ end }}
        EOT
      }

      env {
        PYTHONPATH                = var.release
        PYTHONUNBUFFERED          = "1"
        MARQUEE_ENV               = "${meta.marquee.stage}"
        MARQUEE_S3_INTERNAL_URL   = "http://127.0.0.1:8333"
        MARQUEE_S3_PUBLIC_URL     = "${meta.marquee.scheme}://upload.${meta.marquee.domain}"
        MARQUEE_TYPESENSE_URL     = "http://127.0.0.1:8108"
        MARQUEE_WORK_FOLDER       = "${NOMAD_ALLOC_DIR}/data"
        MARQUEE_SECRETS_FILE      = "${NOMAD_SECRETS_DIR}/secrets.json"
        MARQUEE_DATABASE_URL_FILE = "${NOMAD_SECRETS_DIR}/database_url"
        MARQUEE_VAULT_ADDR        = "${meta.marquee.vault_address}"
        MARQUEE_VAULT_CA_FILE     = "${meta.marquee.vault_ca_file}"
        MARQUEE_VAULT_TOKEN_FILE  = "${NOMAD_SECRETS_DIR}/vault_token"
      }

      resources {
        cpu    = 200
        memory = 256
      }
    }
  }
}
