"""The dialog in which two cameras are aligned."""
