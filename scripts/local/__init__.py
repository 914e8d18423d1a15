"""The platform on one machine: its parts, their order, and the main job."""
