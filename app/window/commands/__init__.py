"""What the actions of the window do, by theme; each command is a function of the window's port."""
