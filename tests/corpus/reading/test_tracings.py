import pytest

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import rows_of_videos, tracings
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError


@pytest.fixture
def read(tmp_path):
    """Tracings, notes and source of a table and the names of some videos."""

    def read(table, *videos):
        (tmp_path / "T.csv").write_text("FileName,X,Y,Frame\n" + table)
        for name in videos:
            (tmp_path / name).write_bytes(b"video")
        source, notes = Source.open(tmp_path), Notes()
        return tracings(source.find("T.csv"), source.select("*.avi"), ("X", "Y"), notes, ("Nowhere",)), notes, source

    return read


def test_rows_of_a_frame_are_one_tracing_in_their_order(read):
    found, notes, _ = read("a.avi,1,2,7\na.avi,5.5,2,7\nb,1,1,0\na.avi,3,9,8.0\na.avi,3,4,7\n", "a.avi", "B.AVI")
    assert [(entry.video.name, entry.frame, entry.rows) for entry in found] == [
        ("a.avi", 7, ((1, 2), (5.5, 2), (3, 4))),
        ("B.AVI", 0, ((1, 1),)),
        ("a.avi", 8, ((3, 9),)),
    ]
    assert not notes.skipped
    assert not notes.warnings


@pytest.mark.parametrize(
    "row", ["a,x,2,7", "a,,2,7", "a,nan,2,7", "a,1,2,7.5", "a,1,2,-1", "a,1,2,", "a,1,2,somewhere"]
)
def test_a_frame_with_a_damaged_row_is_left_out(read, row):
    found, notes, _ = read(f"a,1,2,7\na,3,4,8\n{row}\n", "a.avi")
    assert 8 in [entry.frame for entry in found]
    assert (7 in [entry.frame for entry in found]) == (not row.endswith(",7"))
    assert [entry.path for entry in notes.skipped] == ["a.avi"]


def test_what_was_not_traced_is_no_damage_but_a_video_without_any_tracing_is_said(read):
    found, notes, _ = read("a,1,2,7\na,,,Nowhere\nb,,,Nowhere\n", "a.avi", "b.avi", "c.avi")
    assert [entry.frame for entry in found] == [7]
    assert [(entry.path, entry.reason) for entry in notes.skipped] == [
        ("b.avi", "Nobody traced a frame of this video."),
        ("c.avi", "Nobody traced a frame of this video."),
    ]


def test_missing_videos_are_said_once(read):
    found, notes, _ = read("".join(f"v{n},1,2,7\n" for n in range(8)), "v3.avi")
    assert len(found) == 1
    assert notes.warnings == ["Expected the videos that T.csv names, but 7 (v0, v1, v2, v4, v5, …) are not there."]


def test_a_table_of_other_columns_is_an_error(tmp_path):
    (tmp_path / "T.csv").write_text("FileName,X1,Frame\na,1,2\n")
    with Source.open(tmp_path) as source, pytest.raises(InputError, match="X, Y is missing"):
        tracings(source.find("T.csv"), (), ("X", "Y"), Notes())


def test_rows_of_videos_and_what_they_lack(read, tmp_path):
    (tmp_path / "L.csv").write_text("FileName,Split,EF\na.avi,TRAIN,55\nb,OTHER,60\nunseen,OTHER,1\n")
    found, notes, source = read("a,1,2,7\nb,1,2,7\nc,1,2,7\n", "A.avi", "b.avi", "c.avi")
    rows = rows_of_videos(source, "L.csv", ("TRAIN", "TEST"), found, notes)
    assert {name: rows[name]["EF"] for name in "ab"} == {"a": "55", "b": "60"}
    assert notes.warnings == [
        "Expected a row of each video in L.csv, but 1 (c) is without one.",
        "Expected TRAIN, TEST as Split in L.csv, but 1 (b) is in none of these.",
    ]


def test_without_a_table_there_are_no_rows(read):
    found, notes, source = read("a,1,2,7\n", "a.avi")
    assert rows_of_videos(source, "L.csv", ("TRAIN",), found, notes) == {}
    assert len(notes.warnings) == 1
