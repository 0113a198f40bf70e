"""Where the tracker's values turn into a session's, and back."""
