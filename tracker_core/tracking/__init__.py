"""Following a target through a sequence, and many sequences at once."""
