"""A generator of RGB + thermal scenes with ground truth."""
