# What edge may know: its own secrets and the broker's password.
path "secret/data/edge" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}
