"""Benchmarks: figures beside their goals, measured on this machine."""
