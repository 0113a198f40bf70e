"""Plots over frames, channels and blocks."""
