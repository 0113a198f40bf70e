"""The benchmark of tracking quality: our tracker and its peers in one run on held-out clips."""
