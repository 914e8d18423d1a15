"""What a household is, and what its profiles say and watch; pure."""
