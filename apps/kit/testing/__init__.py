"""Stand-ins without business words: a clock to turn, and a mesh inside one process."""
