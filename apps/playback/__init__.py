"""Playback owns playback sessions, stream leases and licences, and its own copy of assets and entitlements."""
