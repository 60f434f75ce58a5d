"""A model on a server, used like one in this process; and the words that both sides speak."""

from ultrasam.remote.connecting import connect
from ultrasam.remote.model import RemoteModel
from ultrasam.remote.session import RemoteSession

__all__ = ["RemoteModel", "RemoteSession", "connect"]
