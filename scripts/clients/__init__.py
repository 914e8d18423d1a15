"""Clients of the gateway, as studios and viewers use it: one machine or cluster alike."""
