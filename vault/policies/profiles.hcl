# What profiles may know: its own secrets, the broker's password, and short-lived users of its own schema.
path "secret/data/profiles" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}

path "database/creds/profiles" {
  capabilities = ["read"]
}
