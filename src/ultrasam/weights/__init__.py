"""Checkpoint formats and the registry of named weights."""
