"""A random person at the real window: keys and mouse, and what must hold whatever they do."""
