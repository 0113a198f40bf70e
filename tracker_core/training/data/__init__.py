"""What a network is trained on: pairs, scenes, pictures, recorded sequences."""
