"""Runs a cluster: the commands that an operator types, in their order."""
