"""Widgets; each paints one frozen model and says what a person did to it."""
