"""The tabs that explain a tracked frame, and the search crop."""
