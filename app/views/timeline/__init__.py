"""The timeline and the buttons that move along it."""
