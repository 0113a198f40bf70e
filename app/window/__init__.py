"""The window: its actions, what they do, and what it shows when."""
