"""The files behind a public address, as the hosts of research data list them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ultrasam.corpus.cards.card import Download
from ultrasam.corpus.fetching.json_api import read_json
from ultrasam.corpus.fetching.remote_file import RemoteFile
from ultrasam.errors import InputError


@dataclass(frozen=True)
class Hosts:
    """Where the hosts are, without a slash at the end."""

    zenodo: str = "https://zenodo.org"
    mendeley: str = "https://data.mendeley.com"
    figshare: str = "https://api.figshare.com"
    github: str = "https://github.com"


PUBLIC = Hosts()


def resolve(download: Download, *, hosts: Hosts = PUBLIC) -> list[RemoteFile]:
    """Ask the host which files there are; a plain address and one at GitHub need no question.

    Args:
        download: from a card. A plain ``url`` gives a file of its last part's name, or the first of ``files``.
        hosts: other addresses, for a mirror of a whole host.

    Raises:
        InputError: the host does not answer, lists no files, or not those that the card names.
    """
    if download.url:
        return [_plain(download)]
    if download.github:
        name = f"{download.github.rpartition('/')[2]}.zip"
        return [RemoteFile(name, (f"{hosts.github}/{download.github}/archive/HEAD.zip",))]
    if download.zenodo:
        what, listed = f"Zenodo record {download.zenodo}", _zenodo(download.zenodo, hosts.zenodo)
    elif download.figshare:
        what, listed = f"figshare article {download.figshare}", _figshare(download.figshare, hosts.figshare)
    else:
        what = f"version {download.version} of Mendeley data set {download.mendeley}"
        listed = _mendeley(download.mendeley, download.version, hosts.mendeley)
    try:
        files = list(listed)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"Expected the list of files of {what}, but got another structure ({error!r}): download them by hand."
        ) from error
    return _wanted(files, download.files, what)


def _plain(download: Download) -> RemoteFile:
    name = download.files[0] if download.files else PurePosixPath(unquote(urlsplit(download.url).path)).name
    digest = ("sha256", download.sha256) if download.sha256 else None
    return RemoteFile(name, (download.url, *download.mirrors), digest=digest)


def _zenodo(record: str, host: str) -> Iterator[RemoteFile]:
    """Source: https://developers.zenodo.org/#records, "Retrieve"; a checksum reads ``md5:9e10…``."""
    for file in read_json(f"{host}/api/records/{record}").get("files") or ():
        algorithm, _, value = (file.get("checksum") or "").partition(":")
        digest = (algorithm, value) if value else None
        yield RemoteFile(file["key"], (file["links"]["self"],), file.get("size"), digest)


def _figshare(article: str, host: str) -> Iterator[RemoteFile]:
    """Source: https://docs.figshare.com/#article_files; ten files a page if nothing is said, an article has up to 500.

    A file that is a mere link lies elsewhere, and figshare knows nothing about it.
    """
    for file in read_json(f"{host}/v2/articles/{article}/files?page_size=1000"):
        if not file.get("is_link_only"):
            md5 = file.get("computed_md5") or file.get("supplied_md5")
            yield RemoteFile(file["name"], (file["download_url"],), file["size"], ("md5", md5) if md5 else None)


def _mendeley(data_set: str, version: int, host: str) -> Iterator[RemoteFile]:
    """Files are listed folder by folder; the folders are a flat list, in which each may name its ``parent_id``.

    Source: the interface of https://data.mendeley.com's own pages, which has no published description.
    """
    base = f"{host}/public-api/datasets/{data_set}"
    folders = {folder["id"]: folder for folder in read_json(f"{base}/folders/{version}")}
    for folder_id in ("root", *folders):
        inside = _folder_name(folder_id, folders)
        for file in read_json(f"{base}/files?folder_id={folder_id}&version={version}"):
            content = file["content_details"]
            sha256 = content.get("sha256_hash")
            digest = ("sha256", sha256) if sha256 else None
            name = f"{inside}{file['filename']}"
            yield RemoteFile(name, (content["download_url"],), content.get("size", file.get("size")), digest)


def _folder_name(folder_id: str, folders: dict[str, Any]) -> str:
    """``"outer/inner/"``; empty for the root."""
    name = ""
    # Each folder at most once, should they ever lie in one another.
    for _ in folders:
        if folder_id not in folders:
            break
        name = f"{folders[folder_id]['name']}/{name}"
        folder_id = folders[folder_id].get("parent_id")
    return name


def _wanted(files: list[RemoteFile], names: tuple[str, ...], what: str) -> list[RemoteFile]:
    if not files:
        raise InputError(f"Expected files in {what}, but none is listed: it may be closed, under embargo or withdrawn.")
    if missing := [name for name in names if name not in {file.name for file in files}]:
        listed = ", ".join(file.name for file in files)
        raise InputError(f"Expected {', '.join(missing)} in {what}, but it holds {listed}: download by hand what fits.")
    return [file for file in files if not names or file.name in names]
