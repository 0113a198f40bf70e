"""How many boxes a person must draw, with the tracker and without it."""
