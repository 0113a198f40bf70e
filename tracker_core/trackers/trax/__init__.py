"""TraX, the protocol of the VOT toolkit: other programs as trackers, and ours for the toolkit."""
