# The one way in: Consul's ingress gateway, an Envoy with a host name for the API, one for media and
# one for studios' uploads. A cloud's load balancer ends TLS in front of it.

variable "port" {
  type    = number
  default = 8080
}

variable "domain" {
  type        = string
  default     = "marquee.test"
  description = "api., media. and upload. of it lead here"
}

variable "bin" {
  type        = string
  default     = "/var/cache/marquee/cluster/bin"
  description = "Where envoy lies"
}

job "ingress" {
  priority = 90

  group "ingress" {
    constraint {
      attribute = "${meta.marquee.ingress}"
      value     = "true"
    }

    network {
      mode = "bridge"

      port "http" {
        static = var.port
        to     = var.port
      }
    }

    restart {
      attempts = 20
      interval = "10m"
      delay    = "1s"
      mode     = "delay"
    }

    service {
      name = "ingress"
      port = "${var.port}"

      connect {
        gateway {
          ingress {
            listener {
              port     = var.port
              protocol = "http"

              service {
                name  = "gateway"
                hosts = ["api.${var.domain}", "api.${var.domain}:${var.port}"]
              }

              service {
                name  = "edge"
                hosts = ["media.${var.domain}", "media.${var.domain}:${var.port}"]
              }

              # Intentions let nothing but PUT into the masters' bucket through.
              service {
                name  = "seaweedfs"
                hosts = ["upload.${var.domain}", "upload.${var.domain}:${var.port}"]
              }
            }
          }
        }

        sidecar_task {
          driver = "raw_exec"

          config {
            command = "${var.bin}/envoy"
            args = ["-c", "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json", "-l", "${meta.connect.log_level}",
            "--concurrency", "2", "--disable-hot-restart"]
          }

          env {
            CONSUL_GRPC_ADDR = "unix://${NOMAD_ALLOC_DIR}/tmp/consul_grpc.sock"
          }

          resources {
            cpu    = 200
            memory = 192
          }
        }
      }
    }
  }
}
