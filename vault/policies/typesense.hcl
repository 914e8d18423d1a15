# What typesense may know: its own password.
path "secret/data/typesense" {
  capabilities = ["read"]
}
