# What the gateway may know: its own secrets; it hears and announces nothing, and has no schema.
path "secret/data/gateway" {
  capabilities = ["read"]
}
