"""Annotation sessions: model, commands, undo, HDF5."""
