# What postgres may know: its own password.
path "secret/data/postgres" {
  capabilities = ["read"]
}
