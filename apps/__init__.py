"""Marquee: everything that runs or is imported."""
