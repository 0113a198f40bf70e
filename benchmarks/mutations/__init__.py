"""Sound input is damaged in thousands of ways, and the real command line has to read it right or refuse it."""
