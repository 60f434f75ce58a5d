"""``SamModel`` repositories of the Hugging Face hub, such as ``facebook/sam-vit-base``.

Nothing is fetched unless it is asked for: loading takes what :func:`download_from_hub` has put into the cache.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

from ultrasam.cache import cache_dir
from ultrasam.errors import WeightsError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
#: What a repository must hold. Pickled weights (``pytorch_model.bin``) are not fetched from strangers.
_FILES = ("config.json", "model.safetensors")


def is_hub_id(name: str | PathLike[str]) -> bool:
    """Whether a name has the form ``owner/repository``."""
    return isinstance(name, str) and _HUB_ID.fullmatch(name) is not None


def hub_folder(hub_id: str) -> Path | None:
    """The folder of a repository that was downloaded, or None; never goes to the network."""
    from huggingface_hub import try_to_load_from_cache

    found = [try_to_load_from_cache(hub_id, file, cache_dir=_cache()) for file in _FILES]
    # The hub's cache notes with an object of its own that a repository has no such file.
    paths = [Path(path) for path in found if isinstance(path, str)]
    return paths[0].parent if len(paths) == len(_FILES) else None


def download_from_hub(hub_id: str, *, endpoint: str | None = None) -> Path:
    """Get a repository's configuration and weights into the cache, and give its folder.

    Args:
        hub_id: ``owner/repository``.
        endpoint: address of another hub than the public one.

    Raises:
        WeightsError: there is no such repository, it lacks one of the files, or it cannot be reached.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    for file in _FILES:
        try:
            path = Path(hf_hub_download(hub_id, file, cache_dir=_cache(), endpoint=endpoint))
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise WeightsError(
                f"Expected {file} in the repository {hub_id} of the Hugging Face hub, but it cannot be had "
                f"({type(error).__name__}): check the name and the connection."
            ) from error
    return path.parent


def _cache() -> Path:
    return cache_dir("weights") / "hub"
