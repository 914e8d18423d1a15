"""Tests of transcoding."""
