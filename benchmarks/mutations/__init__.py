"""Sound input, damaged in thousands of ways: the real command line reads it right or refuses."""
