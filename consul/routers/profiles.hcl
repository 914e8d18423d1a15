# Asking twice is harmless, doing twice is not: only reads are sent again, and only if nobody answered them.
Kind = "service-router"
Name = "profiles"
Routes = [
  {
    Match {
      HTTP {
        PathPrefix = "/"
        Methods    = ["GET", "HEAD"]
      }
    }
    Destination {
      NumRetries     = 2
      RetryOn        = ["connect-failure", "refused-stream", "reset"]
      RequestTimeout = "30s"
    }
  },
  {
    Match {
      HTTP {
        PathPrefix = "/"
      }
    }
    Destination {
      RequestTimeout = "30s"
    }
  },
]
