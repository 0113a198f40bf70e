"""Still images, decoded whole or not at all: what a decoder complains about is damage."""
