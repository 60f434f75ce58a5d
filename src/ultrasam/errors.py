"""What can go wrong, said to the user.

One base class, so that ``except UltraSamError`` catches every failure that this package foresees. Every message
is one sentence (or two) that says what was expected, what came, and what to do:
"Expected box_xyxy inside the image of 640 x 480 pixels, but got (12, 5, 900, 40): …".
"""


class UltraSamError(Exception):
    """Base of every foreseen failure. The command line prints it in one line and exits with 2."""


class ImageError(UltraSamError, ValueError):
    """A file cannot be read as an ultrasound image: missing, empty, truncated, of no known kind, too large."""


class PromptError(UltraSamError, ValueError):
    """A point, box or mask does not make sense for the image that it was given for."""


class WeightsError(UltraSamError, ValueError):
    """A weights file is missing, damaged or of no known format."""


class InputError(UltraSamError, ValueError):
    """Any other argument that cannot be used as it was given."""


class MissingExtraError(UltraSamError, ImportError):
    """An optional dependency is needed; the message names the extra to install."""


class TrainingError(UltraSamError, RuntimeError):
    """A training run cannot go on."""
