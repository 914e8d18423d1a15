# The transcoding service, by its workload identity: asks for workers and looks at them, nothing else.
namespace "media" {
  capabilities = ["dispatch-job", "read-job", "list-jobs"]
}
