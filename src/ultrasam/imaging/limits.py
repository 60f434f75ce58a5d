"""How large frames and compressed volumes may be. Checked on the header, before that much memory is taken."""

from __future__ import annotations

from ultrasam.errors import ImageError

#: Largest frame that is decoded, in pixels: 16 times the largest frame of any ultrasound machine known to us
#: (4K screens), and little enough that its colour pixels fit into the memory of a laptop.
MAX_FRAME_PIXELS = 2**27
#: Most bytes of pixels that are unpacked from a compressed volume, which is read as a whole: 4,000 frames of a
#: megapixel. A gzip file may claim a thousand times its own size.
MAX_UNPACKED_BYTES = 2**32


def check_frame_size(width: int, height: int, name: str) -> None:
    """Pass if a frame of ``width`` x ``height`` pixels may be decoded.

    Raises:
        ImageError: the file ``name`` claims a frame without pixels or with too many of them.
    """
    if width < 1 or height < 1:
        raise ImageError(f"Expected at least one pixel in {name}, but its header claims {width} x {height}.")
    if width * height > MAX_FRAME_PIXELS:
        raise ImageError(
            f"Expected frames of at most {MAX_FRAME_PIXELS:,} pixels, but the header of {name} claims "
            f"{width:,} x {height:,}: the file is damaged, or must be cut into smaller images."
        )


def check_claimed_bytes(claimed: int, held: int, name: str, *, is_packed: bool) -> None:
    """Pass if ``claimed`` bytes of pixels can come out of the ``held`` bytes of the file ``name``.

    Args:
        claimed: what the header says.
        held: what there is.
        name: of the file.
        is_packed: whether the bytes are compressed by deflate, which makes data smaller by 1032 at most.

    Raises:
        ImageError: they cannot, or they are more than :data:`MAX_UNPACKED_BYTES` out of compressed ones.
    """
    if claimed > held * (1032 if is_packed else 1):
        raise ImageError(
            f"Expected a whole file in {name}, but it is cut off or damaged: its header claims {claimed:,} bytes, "
            f"and it holds {held:,}."
        )
    if is_packed and claimed > MAX_UNPACKED_BYTES:
        raise ImageError(
            f"Expected at most {MAX_UNPACKED_BYTES:,} bytes of compressed pixels, but the header of {name} claims "
            f"{claimed:,}: the file is damaged, or must be cut into smaller ones."
        )
