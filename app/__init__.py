"""CKD Studio: the desktop program."""
