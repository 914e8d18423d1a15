"""Alembic's way in; the chain runs on the connection that the migrate command opened."""

from apps.kit.migrations import run_chain

run_chain()
