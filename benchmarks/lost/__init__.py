"""How often "perhaps lost" is right, and how much of what is lost it finds."""
