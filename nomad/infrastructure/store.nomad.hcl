# One store, pinned to the host that has its volume; it starts again in place, on the same data.
#   nomad job run -var-file=nomad/infrastructure/vars/redis.hcl nomad/infrastructure/store.nomad.hcl

variable "name" {
  type        = string
  description = "The store: its Consul service, Vault role, secret and host volume"
}

variable "port" {
  type        = number
  description = "Where it listens, on the loopback interface of its allocation alone"
}

variable "args" {
  type    = list(string)
  default = []
}

variable "prepare" {
  type        = string
  default     = ""
  description = "A shell script to run first"
}

variable "config" {
  type        = string
  default     = ""
  description = "A configuration file with secrets: the template of $NOMAD_SECRETS_DIR/config"
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "health" {
  type        = string
  default     = ""
  description = "A path that answers 200, for stores that speak HTTP"
}

variable "stop_signal" {
  type    = string
  default = "SIGTERM"
}

variable "memory" {
  type    = number
  default = 512
}

variable "bin" {
  type        = string
  default     = "/var/cache/marquee/cluster/bin"
  description = "Where envoy lies, and the store's program under the store's name"
}

locals {
  program = "${var.bin}/${var.name}"
}

job "store" {
  id       = var.name
  name     = var.name
  priority = 80

  update {
    min_healthy_time = "2s"
    healthy_deadline = "2m"
  }

  group "store" {
    network {
      mode = "bridge"
    }

    # Places the job where its data lies; raw_exec cannot mount it, and uses the path of the host.
    volume "data" {
      type   = "host"
      source = var.name
    }

    restart {
      attempts = 20
      interval = "10m"
      delay    = "1s"
      mode     = "delay"
    }

    service {
      name = var.name
      port = var.port

      dynamic "check" {
        for_each = var.health == "" ? [] : [var.health]
        content {
          name     = "alive"
          type     = "http"
          path     = check.value
          expose   = true
          interval = "5s"
          timeout  = "2s"
        }
      }

      connect {
        sidecar_service {}

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

    task "store" {
      driver       = "raw_exec"
      user         = "nobody"
      kill_signal  = var.stop_signal
      kill_timeout = "30s"

      vault {
        role = var.name
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/config"
        uid         = 65534
        perms       = "0400"
        change_mode = "restart"
        data        = var.config
      }

      config {
        command = "/bin/sh"
        args    = concat(["-ec", "${var.prepare}\nexec \"$0\" \"$@\"", local.program], var.args)
      }

      env = merge(var.environment, {
        DATA    = "${meta.marquee.volumes}/${var.name}"
        PROGRAM = local.program
      })

      resources {
        cpu    = 200
        memory = var.memory
      }
    }
  }
}
