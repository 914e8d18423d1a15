"""Jobs, steps, the graph between them, and the ladder of renditions; pure."""
