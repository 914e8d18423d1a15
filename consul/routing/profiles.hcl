# Two subsets, by what Nomad says of an instance; `scripts/cluster canary` moves the weights.
Kind          = "service-resolver"
Name          = "profiles"
DefaultSubset = "stable"
Subsets = {
  stable = {
    Filter = "Service.Meta.track == stable"
  }
  canary = {
    Filter = "Service.Meta.track == canary"
  }
}
# While a promotion passes from host to host, the old one may be gone before the new one is called stable.
Failover = {
  stable = {
    ServiceSubset = "canary"
  }
}
