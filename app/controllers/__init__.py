"""Playback, tracking, correction and files: what the window does, without widgets."""
