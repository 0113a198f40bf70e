"""Losses, data and the training loop."""
