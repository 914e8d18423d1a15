Kind                  = "service-defaults"
Name                  = "profiles"
Protocol              = "http"
MaxInboundConnections = 1024
UpstreamConfig {
  Defaults {
    ConnectTimeoutMs = 1000
    Limits {
      MaxConnections        = 256
      MaxPendingRequests    = 256
      MaxConcurrentRequests = 512
    }
    # An instance that fails five times in a row rests for a while.
    PassiveHealthCheck {
      Interval                = "5s"
      MaxFailures             = 5
      EnforcingConsecutive5xx = 100
      MaxEjectionPercent      = 50
      BaseEjectionTime        = "10s"
    }
  }
}
