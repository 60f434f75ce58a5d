"""The network, in pure PyTorch: no files, no pixels, no units."""
