# What a Nomad agent does in Consul: registers services, writes the ingress gateway's entry, reads health.
agent_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
service_prefix "" {
  policy     = "write"
  intentions = "read"
}
key_prefix "" {
  policy = "read"
}
operator = "write"
acl      = "write"
