"""The use cases of videos: the library and uploading."""
