# What playback may know: its own secrets, the broker's password, and short-lived users of its own schema.
path "secret/data/playback" {
  capabilities = ["read"]
}

path "secret/data/pubsub" {
  capabilities = ["read"]
}

path "database/creds/playback" {
  capabilities = ["read"]
}

# Content keys: opened for licences, and wrapped again after a rotation; never made.
path "transit/decrypt/content-keys" {
  capabilities = ["update"]
}

path "transit/rewrap/content-keys" {
  capabilities = ["update"]
}
