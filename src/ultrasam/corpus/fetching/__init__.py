"""Getting data sets as their authors published them: from where, what to know before, and the files themselves."""

from ultrasam.corpus.fetching.addresses import PUBLIC, Hosts, resolve
from ultrasam.corpus.fetching.downloading import download
from ultrasam.corpus.fetching.fetch import Progress, fetch
from ultrasam.corpus.fetching.instructions import instructions, licence_notice
from ultrasam.corpus.fetching.remote_file import RemoteFile

__all__ = [
    "PUBLIC",
    "Hosts",
    "Progress",
    "RemoteFile",
    "download",
    "fetch",
    "instructions",
    "licence_notice",
    "resolve",
]
