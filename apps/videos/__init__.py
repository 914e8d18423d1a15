"""Videos owns uploads, masters, and the metadata and publication of videos."""
