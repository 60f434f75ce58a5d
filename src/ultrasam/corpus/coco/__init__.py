"""COCO folders: read with everything that cannot be used said by name, found, changed and written."""
