"""The use cases of transcoding: jobs for studios, steps for workers."""
