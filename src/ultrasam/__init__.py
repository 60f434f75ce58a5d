"""UltraSam: promptable segmentation of ultrasound images."""

__version__ = "0.1.0"
