# What redis may know: its own password.
path "secret/data/redis" {
  capabilities = ["read"]
}
