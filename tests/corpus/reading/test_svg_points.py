"""Outlines in the words of DDTI's annotation tool."""

import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading.svg_points import svg_rings, xml_root
from ultrasam.corpus.sample import Unreadable

TEXT = (
    '[{"points": [{"x": 1, "y": 2}, {"x": 5.5, "y": 2}, {"x": 3, "y": 9}], "annotation": {}, "regionType": "freehand"}]'
)
RING = ((1.0, 2.0), (5.5, 2.0), (3.0, 9.0))


@pytest.mark.parametrize(
    ("text", "rings"),
    [
        ("", ()),
        (" \n", ()),
        ("[]", ()),
        (TEXT, (RING,)),
        (TEXT[:-1] + "," + TEXT[1:], (RING,)),
        (TEXT[:-1] + ', {"points": [{"x": 0, "y": 0}]}]', (RING, ((0.0, 0.0),))),
    ],
)
def test_outlines(text, rings):
    assert svg_rings(text) == rings


@pytest.mark.parametrize(
    "text",
    [
        *(TEXT[:length] for length in range(1, len(TEXT), 7)),
        "{}x",
        "7",
        '[{"points": 3}]',
        '[{"pts": []}]',
        '[{"points": [{"x": 1}]}]',
        '[{"points": [{"x": "a", "y": 2}]}]',
        '[{"points": [{"x": NaN, "y": 2}]}]',
        '[{"points": [{"x": 1e999, "y": 2}]}]',
        "[[1, 2]]",
    ],
)
def test_what_is_cut_off_or_something_else_is_unreadable(text):
    with pytest.raises(Unreadable, match="Expected whole outlines"):
        svg_rings(text)


def test_the_root_of_a_file(tmp_path):
    (tmp_path / "1.xml").write_bytes(
        '<?xml version="1.0" encoding="latin-1"?><case><sex>F</sex></case>'.encode("latin-1")
    )
    assert xml_root(source_file(tmp_path / "1.xml")).findtext("sex") == "F"


@pytest.mark.parametrize(
    "content", [b"", b"<case><sex>F</sex>", b"text", b"\xff\xfe\x00", b'<?xml version="1.0" encoding="x"?><a/>']
)
def test_a_file_that_is_no_whole_xml_is_unreadable(tmp_path, content):
    (tmp_path / "1.xml").write_bytes(content)
    with pytest.raises(Unreadable, match=r"1\.xml"):
        xml_root(source_file(tmp_path / "1.xml"))
