# What transcoding may know: its own secrets, the broker's password, and short-lived users of its own schema.
path "secret/data/transcoding" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}

path "database/creds/transcoding" {
  capabilities = ["read"]
}

# Content keys: made, wrapped, opened for packaging, and wrapped again after a rotation.
path "transit/encrypt/content-keys" {
  capabilities = ["update"]
}

path "transit/decrypt/content-keys" {
  capabilities = ["update"]
}

path "transit/rewrap/content-keys" {
  capabilities = ["update"]
}
