"""A whole annotation job at the real window, done by a person who is a script."""
