"""How the network is computed."""
