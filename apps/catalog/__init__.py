"""Catalog owns titles, the search index and related titles."""
