"""Targets and the review queue."""
