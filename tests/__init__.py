"""The tests mirror apps/."""
