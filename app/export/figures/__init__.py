"""Figures for a paper: what a session holds of a target, at the width of a column."""
