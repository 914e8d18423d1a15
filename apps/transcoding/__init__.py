"""Transcoding owns jobs, their steps, the renditions they make, and the keys that protect them."""
