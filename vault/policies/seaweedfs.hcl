# What seaweedfs may know: its own password.
path "secret/data/seaweedfs" {
  capabilities = ["read"]
}
