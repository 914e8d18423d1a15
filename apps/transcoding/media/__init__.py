"""What works on media: the sandbox, ffmpeg, the packager, manifests, and the bench that uses them."""
