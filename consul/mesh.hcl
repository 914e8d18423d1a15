# Certificates live a day; TLS of our own version at least; no sidecar talks past the mesh.
Kind = "mesh"
TLS {
  Incoming {
    TLSMinVersion = "TLSv1_2"
  }
  Outgoing {
    TLSMinVersion = "TLSv1_2"
  }
}
