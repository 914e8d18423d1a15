# What a worker may know: the secrets of the service it works for, a user of that schema, and content keys.
path "secret/data/transcoding" {
  capabilities = ["read"]
}

path "database/creds/transcoding" {
  capabilities = ["read"]
}

path "transit/decrypt/content-keys" {
  capabilities = ["update"]
}
