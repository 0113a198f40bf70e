"""Metrics, result files, benchmark runs and plots."""
