"""Who has an account, how they prove it, and how long that proof lasts."""
