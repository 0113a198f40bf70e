"""From state to what is shown: pure functions without Qt."""
