"""Auth's use cases."""
