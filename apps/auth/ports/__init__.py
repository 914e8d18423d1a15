"""What auth needs from outside."""
