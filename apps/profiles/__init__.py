"""Profiles owns what a household says and watches: profiles, watchlists, positions, ratings and reviews."""
