"""Metrics of classes, numbers and masks that are predicted without a prompt, each with its interval by patient."""
