# The autoscaler, by its workload identity: reads how busy services are, and changes their counts.
namespace "default" {
  policy       = "scale"
  capabilities = ["read-job", "list-jobs"]
}

operator {
  policy = "read"
}
