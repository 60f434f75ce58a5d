"""What stands on the image encoder where an image, not a prompt, asks: classes, values, masks of its own accord."""
