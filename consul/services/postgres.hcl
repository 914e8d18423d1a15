Kind                  = "service-defaults"
Name                  = "postgres"
Protocol              = "tcp"
MaxInboundConnections = 512
UpstreamConfig {
  Defaults {
    ConnectTimeoutMs = 2000
    Limits {
      MaxConnections = 256
    }
  }
}
