"""Metrics of masks, of sets of masks, of predicted quality and of clicks."""
