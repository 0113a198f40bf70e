"""How two cameras lie to each other, in space and in time."""
