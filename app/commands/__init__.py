"""One module per command of the command line; each imports what is heavy when it runs."""
