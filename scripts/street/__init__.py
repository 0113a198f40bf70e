"""Draws the bundled street at dusk."""
