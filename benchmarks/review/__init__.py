"""What the review queue is measured on."""
