"""The charts of a test's report, in the style of those of evaluations."""
