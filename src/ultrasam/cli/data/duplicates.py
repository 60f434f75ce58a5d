"""The command that finds images that are there more than once."""
