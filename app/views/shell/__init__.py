"""What surrounds the work: start page, messages, status, choosers, help."""
