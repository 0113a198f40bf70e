"""Readers: one per layout on disk, one Sequence for all."""
