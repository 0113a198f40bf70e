"""Opens exports with the programs of the communities that they are for."""
