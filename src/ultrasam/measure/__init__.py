"""Lengths and areas of a mask, in pixels and in millimetres."""
