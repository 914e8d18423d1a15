# What the gateway may know: its own secrets and the broker's password; it has no schema.
path "secret/data/gateway" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}
