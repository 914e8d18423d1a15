# Changes the counts of services that have a scaling policy (nomad/vars: `most`), by how busy they are.

variable "bin" {
  type        = string
  default     = "/var/cache/marquee/cluster/bin"
  description = "Where nomad-autoscaler lies"
}

job "autoscaler" {
  group "autoscaler" {
    network {
      mode = "bridge"
    }

    restart {
      attempts = 20
      interval = "10m"
      delay    = "3s"
      mode     = "delay"
    }

    update {
      min_healthy_time = "2s"
    }

    task "autoscaler" {
      driver = "raw_exec"
      user   = "nobody"

      # It speaks to Nomad as itself; nomad/acl/autoscaler.hcl says what it may.
      identity {
        env = true
      }

      config {
        command = "${var.bin}/nomad-autoscaler"
        args    = ["agent", "-config=${NOMAD_TASK_DIR}/autoscaler.hcl"]
      }

      template {
        destination = "${NOMAD_TASK_DIR}/autoscaler.hcl"
        data        = <<-EOT
          log_level = "WARN"

          nomad {
            address = "unix://{{ env "NOMAD_SECRETS_DIR" }}/api.sock"
          }

          http {
            bind_address = "127.0.0.1"
          }

          policy {
            default_cooldown            = "20s"
            default_evaluation_interval = "5s"
          }

          apm "nomad-apm" {
            driver = "nomad-apm"
          }

          strategy "target-value" {
            driver = "target-value"
          }

          target "nomad-target" {
            driver = "nomad-target"
          }
        EOT
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
