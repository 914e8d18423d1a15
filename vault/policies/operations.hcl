# What operators' commands may know: migrations need the database's owner, sweeps the services' secrets.
path "secret/data/postgres" {
  capabilities = ["read"]
}

path "secret/data/seaweedfs" {
  capabilities = ["read"]
}

path "secret/data/auth" {
  capabilities = ["read"]
}

path "secret/data/profiles" {
  capabilities = ["read"]
}

path "secret/data/videos" {
  capabilities = ["read"]
}

path "secret/data/transcoding" {
  capabilities = ["read"]
}

path "secret/data/catalog" {
  capabilities = ["read"]
}

path "secret/data/playback" {
  capabilities = ["read"]
}

path "database/creds/+" {
  capabilities = ["read"]
}

path "transit/rewrap/content-keys" {
  capabilities = ["update"]
}
