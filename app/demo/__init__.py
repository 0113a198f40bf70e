"""The bundled clip played without a person, and the driver that moves the window."""
