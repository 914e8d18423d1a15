# What a Consul agent does for itself: its node, its checks, and whom its sidecars may see.
agent_prefix "" {
  policy = "write"
}
node_prefix "" {
  policy = "write"
}
service_prefix "" {
  policy = "read"
}
