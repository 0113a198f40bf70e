"""The parts of CKD, each left out once: trained, measured and drawn."""
