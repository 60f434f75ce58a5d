"""The images of a project as files: found in the folder, taken as uploads, opened, and made into pictures."""

from ultrasam.server.library.facts import BurnedIn, FileFacts
from ultrasam.server.library.library import Library
from ultrasam.server.library.stamp import Stamp

__all__ = ["BurnedIn", "FileFacts", "Library", "Stamp"]
