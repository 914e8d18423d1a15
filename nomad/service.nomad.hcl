# One service of Marquee: its app, its Dapr sidecar and its Envoy, in one network namespace.
#   nomad job run -var-file=nomad/vars/catalog.hcl nomad/service.nomad.hcl

variable "name" {
  type        = string
  description = "The service: its folder, app-id, Consul service, Vault role and database schema"
}

variable "upstreams" {
  type        = list(object({ name = string, port = number }))
  default     = []
  description = "What it reaches through the mesh, each on a port of 127.0.0.1"
}

variable "database" {
  type        = bool
  default     = true
  description = "Whether it has a schema, and so a short-lived user of its own"
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "Its own settings, MARQUEE_*"
}

variable "release" {
  type        = string
  default     = "/var/cache/marquee/cluster/releases/current"
  description = "The folder of the code that runs; with docker, a folder inside the image"
}

variable "version" {
  type        = string
  default     = "unversioned"
  description = "The release's name, as splitters, logs and `nomad job history` show it"
}

variable "secrets" {
  type        = string
  default     = ""
  description = "When its secrets were rotated last: another value makes new instances, which read them"
}

variable "count" {
  type    = number
  default = 1
}

variable "most" {
  type        = number
  default     = 1
  description = "As many instances as the autoscaler may run; 1: no scaling"
}

variable "auto_promote" {
  type        = bool
  default     = true
  description = "Whether a healthy new instance takes the old one's place by itself, or waits for the operator"
}

variable "healthy_deadline" {
  type        = string
  default     = "90s"
  description = "A version that is not healthy by then is reverted"
}

variable "progress_deadline" {
  type        = string
  default     = "0s"
  description = "0s: the first instance that does not become healthy ends the deployment; else others are tried until then"
}

variable "cpu" {
  type        = number
  default     = 100
  description = "MHz reserved for the app; it may take more"
}

variable "memory" {
  type    = number
  default = 160
}

variable "driver" {
  type        = string
  default     = "raw_exec"
  description = "raw_exec: programs of the host; docker: `image`, which brings them along"
}

variable "image" {
  type    = string
  default = ""
}

variable "bin" {
  type        = string
  default     = "/var/cache/marquee/cluster/bin"
  description = "Where daprd and envoy lie"
}

variable "python" {
  type        = string
  default     = "/var/cache/marquee/cluster/bin/python"
  description = "The Python that has Marquee's packages"
}

locals {
  # An attribute that is null is left out: raw_exec knows no image.
  image = var.driver == "docker" ? var.image : null
  # Everything of a service listens on the loopback interface of its allocation alone.
  app_port  = 8000
  dapr_http = 3500
  dapr_grpc = 50001
}

job "service" {
  id   = var.name
  name = var.name

  meta {
    version = var.version
    secrets = var.secrets
  }

  update {
    max_parallel = 1
    # The new instance is healthy before the old one goes: no request meets neither.
    canary            = 1
    auto_promote      = var.auto_promote
    auto_revert       = true
    health_check      = "checks"
    min_healthy_time  = "3s"
    healthy_deadline  = var.healthy_deadline
    progress_deadline = var.progress_deadline
  }

  group "service" {
    count = var.count

    # Rather not where the stores and the ingress are.
    affinity {
      attribute = "${meta.marquee.ingress}"
      value     = "false"
      weight    = 30
    }

    network {
      mode = "bridge"
    }

    # Consul hears first, so that nobody is sent to an instance that is about to stop.
    shutdown_delay = "3s"

    restart {
      attempts = 10
      interval = "5m"
      delay    = "2s"
      mode     = "delay"
    }

    scaling {
      enabled = var.most > 1
      min     = 1
      max     = var.most

      policy {
        cooldown            = "20s"
        evaluation_interval = "5s"

        check "cpu" {
          source       = "nomad-apm"
          query        = "avg_cpu-allocated"
          query_window = "15s"

          strategy "target-value" {
            # Percent of what is reserved: as busy as it was meant to be.
            target = 100
          }
        }
      }
    }

    service {
      name = var.name
      port = local.app_port

      meta {
        track   = "stable"
        version = var.version
      }

      canary_meta {
        track   = "canary"
        version = var.version
      }

      check {
        name     = "alive"
        type     = "http"
        path     = "/healthz"
        expose   = true
        interval = "3s"
        timeout  = "2s"
      }

      # A store that is away for a moment takes nobody out of the mesh: services say so themselves.
      check {
        name                     = "ready"
        type                     = "http"
        path                     = "/readyz"
        expose                   = true
        interval                 = "5s"
        timeout                  = "3s"
        failures_before_critical = 24
      }

      connect {
        sidecar_service {
          proxy {
            dynamic "upstreams" {
              for_each = var.upstreams
              content {
                destination_name = upstreams.value.name
                local_bind_port  = upstreams.value.port
              }
            }
          }
        }

        sidecar_task {
          driver = var.driver

          # A driver of its own replaces the whole configuration.
          config {
            image   = local.image
            command = "${var.bin}/envoy"
            args = ["-c", "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json", "-l", "${meta.connect.log_level}",
            "--concurrency", "${meta.connect.proxy_concurrency}", "--disable-hot-restart"]
          }

          # Nomad's default is relative, which only a chroot or a container resolves.
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

    task "daprd" {
      driver = var.driver

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      vault {
        role = var.name
      }

      config {
        image   = local.image
        command = "${var.bin}/daprd"
        args = [
          "--app-id=${var.name}",
          "--app-port=${local.app_port}",
          "--app-protocol=http",
          "--dapr-http-port=${local.dapr_http}",
          "--dapr-grpc-port=${local.dapr_grpc}",
          "--dapr-internal-grpc-port=50002",
          "--dapr-listen-addresses=127.0.0.1",
          "--resources-path=${var.release}/components/cluster/resources",
          "--config=${var.release}/components/cluster/configuration/configuration.yaml",
          "--placement-host-address=",
          "--enable-metrics=false",
          "--log-level=warn",
          "--max-body-size=2Mi",
          "--dapr-graceful-shutdown-seconds=2",
        ]
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/tokens.env"
        env         = true
        data        = <<-EOT
          {{ with secret "secret/data/${var.name}" }}
          APP_API_TOKEN={{ .Data.data.app_api_token }}
          DAPR_API_TOKEN={{ .Data.data.dapr_api_token }}
          {{ end }}
        EOT
      }

      env {
        DAPR_HOST_IP             = "127.0.0.1"
        GOMEMLIMIT               = "80MiB"
        GOGC                     = "50"
        MARQUEE_VAULT_ADDR       = "${meta.marquee.vault_address}"
        MARQUEE_VAULT_CA_FILE    = "${meta.marquee.vault_ca_file}"
        MARQUEE_VAULT_TOKEN_FILE = "${NOMAD_SECRETS_DIR}/vault_token"
      }

      resources {
        cpu    = 50
        memory = 128
      }
    }

    task "app" {
      driver       = var.driver
      kill_timeout = "15s"

      vault {
        role = var.name
      }

      # Lets a service talk to Nomad as itself; only transcoding's identity may do anything there.
      identity {
        env  = true
        file = true
      }

      config {
        image   = local.image
        command = var.python
        args = [
          "-m", "uvicorn", "apps.${var.name}.main:create_app", "--factory",
          "--host", "127.0.0.1", "--port", "${local.app_port}",
          "--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "8",
        ]
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/tokens.env"
        env         = true
        data        = <<-EOT
          {{ with secret "secret/data/${var.name}" }}
          APP_API_TOKEN={{ .Data.data.app_api_token }}
          DAPR_API_TOKEN={{ .Data.data.dapr_api_token }}
          {{ end }}
        EOT
      }

      # The pool reads it again for every new connection, so that users come and go without a restart.
      dynamic "template" {
        for_each = var.database ? [1] : []
        content {
          destination = "${NOMAD_SECRETS_DIR}/database_url"
          change_mode = "noop"
          data        = <<-EOT
            {{ with secret "database/creds/${var.name}" }}postgresql://{{ .Data.username }}:{{ .Data.password }}@127.0.0.1:5432/postgres{{ end }}
          EOT
        }
      }

      # What differs from one cluster to another is said by the hosts' `meta`.
      env = merge({
        APP_ID                    = var.name
        APP_PORT                  = "${local.app_port}"
        DAPR_HTTP_PORT            = "${local.dapr_http}"
        DAPR_GRPC_PORT            = "${local.dapr_grpc}"
        DAPR_API_TIMEOUT_SECONDS  = "10"
        MALLOC_ARENA_MAX          = "2"
        PYTHONPATH                = var.release
        PYTHONUNBUFFERED          = "1"
        MARQUEE_ENV               = "${meta.marquee.stage}"
        MARQUEE_DATABASE_URL_FILE = var.database ? "${NOMAD_SECRETS_DIR}/database_url" : ""
        MARQUEE_MEDIA_URL         = "${meta.marquee.scheme}://media.${meta.marquee.domain}"
        MARQUEE_NOMAD_FOLDER      = "${NOMAD_SECRETS_DIR}"
        MARQUEE_S3_INTERNAL_URL   = "http://127.0.0.1:8333"
        MARQUEE_S3_PUBLIC_URL     = "${meta.marquee.scheme}://upload.${meta.marquee.domain}"
        MARQUEE_TYPESENSE_URL     = "http://127.0.0.1:8108"
        MARQUEE_VAULT_ADDR        = "${meta.marquee.vault_address}"
        MARQUEE_VAULT_CA_FILE     = "${meta.marquee.vault_ca_file}"
        MARQUEE_VAULT_TOKEN_FILE  = "${NOMAD_SECRETS_DIR}/vault_token"
        MARQUEE_WEB_ORIGINS       = "${meta.marquee.scheme}://api.${meta.marquee.domain}"
        MARQUEE_WEB_VENDOR        = "${meta.marquee.cache}/web/node_modules"
        MARQUEE_WORK_FOLDER       = "${NOMAD_ALLOC_DIR}/data"
      }, var.settings)

      resources {
        cpu    = var.cpu
        memory = var.memory
      }
    }
  }
}
