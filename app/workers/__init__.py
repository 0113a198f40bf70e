"""One QObject per long-lived job, each on its own thread, answering numbered requests."""
