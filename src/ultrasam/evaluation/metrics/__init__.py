"""Metrics of masks, of predicted quality and of clicks."""
