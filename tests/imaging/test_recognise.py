import gzip

import pytest

from ultrasam.imaging.recognise import kind_of

NIFTI = bytes(344) + b"n+1\x00"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"II*\x00\x08", "TIFF"),
        (b"MM\x00*\x00", "TIFF"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "AVI"),
        (b"\x00\x00\x00\x20ftypisom", "MP4"),
        (b"\x00\x00\x00\x20ftypqt  ", "MP4"),
        (b"\x00\x00\x00\x20ftypavif", None),
        (b"\x1a\x45\xdf\xa3\x01", "MKV"),
        (b"II*\x00" + bytes(124) + b"DICM", "DICOM"),
        (NIFTI, "NIfTI"),
        # Without the time of day: processes that share the tests must find the same ones.
        (gzip.compress(NIFTI, mtime=0), "NIfTI"),
        (gzip.compress(b"text", mtime=0), None),
        (b"\x1f\x8b damaged", None),
        (b"ObjectType = Image\nNDims = 2", "MetaImage"),
        (b"NDims = 3\r\n", "MetaImage"),
        (b"NRRD0004\n", "NRRD"),
        (b"just some words", None),
        (b"", None),
    ],
)
def test_kinds_are_known_by_their_first_bytes(head, kind):
    assert kind_of(head) == kind
