"""Edge owns nothing: it checks the delivery token and serves media from object storage, cached."""
