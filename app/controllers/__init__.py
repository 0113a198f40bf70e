"""Playback, tracking, correction and review: what the window does, without widgets."""
