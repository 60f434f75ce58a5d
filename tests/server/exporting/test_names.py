import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrasam.server.exporting.names import frame_stem, safe_name, stems_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nerve", "nerve"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\secret", "C_secret"),
        ("/abs", "abs"),
        (".hidden", "hidden"),
        ("nul", "_nul"),
        ("com1.x", "_com1.x"),
        ("a\x00b\nc", "a_b_c"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("u\u0308", "\u00fc"),
        ("\u00fc" * 100, "\u00fc" * 60),
    ],
    ids=str,
)
def test_safe_names(text, expected):
    assert safe_name(text) == expected


@given(st.lists(st.text(min_size=1, max_size=40).map(lambda text: text.encode(errors="ignore").decode()), max_size=12))
def test_stems_are_safe_and_each_there_once(names):
    stems = stems_of({str(number): name for number, name in enumerate(names)})
    assert len(stems) == len(names)
    assert len({stem.casefold() for stem in stems.values()}) == len(names)
    for stem in stems.values():
        assert stem
        assert not set(stem) & set('/\\:*?"<>|\x00\n')
        assert stem.strip(" .") == stem
        assert len(stem.encode()) <= 130


def test_a_stem_does_not_change_when_other_images_come():
    first = {"1": "liver/scan 1.dcm", "2": "1.2.840.113619"}
    stems = stems_of(first)
    assert stems == {"1": "liver_scan 1", "2": "1.2.840.113619"}
    assert stems_of(first | {"3": "liver/scan 2.dcm"}) | stems == stems_of(first | {"3": "liver/scan 2.dcm"})


def test_endings_of_two_parts_go():
    assert stems_of({"1": "sweep.nii.gz"}) == {"1": "sweep"}


@pytest.mark.parametrize(
    ("frame", "frames", "expected"), [(0, 1, "a"), (7, 30, "a_f007"), (7, 2000, "a_f0007")], ids=str
)
def test_frames_have_their_number(frame, frames, expected):
    assert frame_stem("a", frame, frames) == expected
