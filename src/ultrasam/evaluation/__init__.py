"""Prompt protocols, metrics, runs and reports: how well a model outlines, with the protocol beside each number."""
