# Operators: everything about Marquee's jobs, and nothing about who may do what.
namespace "*" {
  policy       = "write"
  capabilities = ["alloc-node-exec"]
}
node {
  policy = "write"
}
agent {
  policy = "read"
}
operator {
  policy = "read"
}
host_volume "*" {
  policy = "write"
}
