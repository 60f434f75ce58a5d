"""COCO files: which of them are a data set, and what they say about images as a whole."""
