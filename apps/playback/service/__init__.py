"""The use cases of playback: what may play, playing it, and its licences."""
