# What catalog may know: its own secrets, the broker's password, and short-lived users of its own schema.
path "secret/data/catalog" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}

path "database/creds/catalog" {
  capabilities = ["read"]
}
