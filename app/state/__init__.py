"""What is open, what is chosen and what is remembered."""
