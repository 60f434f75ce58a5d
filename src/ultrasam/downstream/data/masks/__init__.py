"""Mask files: whose they are, what their values mean, and the objects in them."""
