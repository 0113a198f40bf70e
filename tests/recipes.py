"""What recipes of training have in common in tests: a network that learns nothing, but fast."""

SMALL_NETWORK = """
[model]
embed_dim = 16
depth = 2
num_heads = 2
elimination_blocks = [1]
keep_ratios = [0.7]
head_channels = 8
stem_channels = [4, 4, 8]
matching_channels = 4
"""
