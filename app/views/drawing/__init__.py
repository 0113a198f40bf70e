"""What painted views share."""
