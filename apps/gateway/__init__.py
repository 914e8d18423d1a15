"""Gateway owns nothing: it is the one door, and the only caller of other services."""
