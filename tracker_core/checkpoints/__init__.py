"""Weights on disk: released files, ours, and reading them without executing anything."""
