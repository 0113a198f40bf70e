"""CKD: configuration, network, crops, one step of the loop, and what its features say."""
