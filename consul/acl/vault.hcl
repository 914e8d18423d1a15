# Vault's own place in the mesh: it reaches PostgreSQL to make users, and nobody reaches it there.
service "vault" {
  policy = "write"
}
service "vault-sidecar-proxy" {
  policy = "write"
}
service_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
