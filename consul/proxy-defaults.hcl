# Every Envoy: mutual TLS, and no protocol assumed but TCP.
Kind = "proxy-defaults"
Name = "global"
Config {
  protocol                 = "tcp"
  local_connect_timeout_ms = 1000
}
