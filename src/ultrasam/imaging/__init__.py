"""Files to :class:`UltrasoundImage`, and masks to files."""
