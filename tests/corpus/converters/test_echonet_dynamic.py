"""EchoNet-Dynamic: small videos and tables made in the layout."""

import numpy as np
import pytest
from skimage import draw, measure

from tests.corpus.converters.cines import frames, video
from tests.corpus.converters.made import Converted
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Unreadable
from ultrasam.errors import InputError

HEAD = "FileName,X1,Y1,X2,Y2,Frame\n"
LIST_HEAD = "FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split\n"


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def traced(name, frame, chords):
    """Rows of a frame: the long axis first."""
    return "".join(f"{name}.avi,{x1},{y1},{x2},{y2},{frame}\n" for x1, y1, x2, y2 in [(16, 0, 16, 23), *chords])


#: Left and right ends of chords, down a trapezium.
CHORDS = [(10, 4, 20, 4), (9, 8, 21, 8), (8, 12, 22, 12)]


@pytest.fixture
def made(tmp_path):
    root = tmp_path / "EchoNet-Dynamic"
    for seed, name in enumerate(("0X1A", "0X2B")):
        video(root / f"Videos/{name}.avi", frames(6, seed=seed))
    root.joinpath("VolumeTracings.csv").write_text(
        HEAD + traced("0X1A", 2, CHORDS) + traced("0X1A", 0, CHORDS[:2]) + traced("0X2B", 5, CHORDS)
    )
    root.joinpath("FileList.csv").write_text(
        LIST_HEAD + "0X1A,78.49,14.8,69.2,112,112,50,6,VAL\n0X2B,59.1,40.3,98.7,112,112,50,6,TRAIN\n"
    )
    return root


def test_frames_are_counted_from_0(made):
    with Converted("EchoNet-Dynamic", made) as found:
        assert list(found.samples) == ["0X1A/0002", "0X1A/0000", "0X2B/0005"]
        np.testing.assert_array_equal(found.picture("0X1A/0002").pixels, frames(6)[2])
        np.testing.assert_array_equal(found.picture("0X1A/0000").pixels, frames(6)[0])


def test_the_outline_goes_through_the_ends_of_the_chords_without_the_long_axis(made):
    # A ventricle that leans, its chords across the long axis from the apex on; the size is that of the videos.
    video(made / "Videos/0X1A.avi", frames(3, (112, 112)))
    along = np.linspace(0.05, 0.95, 20)
    half_width = 22 * np.sqrt(1 - (2 * along - 1) ** 2)
    middle = np.stack([40 + 30 * along, 15 + 70 * along], axis=1)
    across = np.array([70, -30]) / np.hypot(70, 30) * half_width[:, None]
    chords = np.concatenate([middle - across, middle + across], axis=1)
    made.joinpath("VolumeTracings.csv").write_text(HEAD + traced("0X1A", 2, chords.tolist()))
    with Converted("EchoNet-Dynamic", made) as found:
        ((category, mask),), remarks = found.annotations("0X1A/0002")
        assert category == "left_ventricle"
        assert remarks == []
        ring = np.concatenate([chords[:, :2], chords[::-1, 2:]])
        expected = draw.polygon2mask((112, 112), ring[:, ::-1])
        assert (mask & expected).sum() / (mask | expected).sum() > 0.98
        assert abs(int(mask.sum()) - 2 * (half_width * np.hypot(30, 70) * 0.9 / 19).sum()) < 0.03 * mask.sum()


def test_fractions_of_pixels_are_not_cut_off(made):
    chords = np.array([(11.6, 1.8, 17.6, 3.8), (4.7, 11.8, 23.7, 8.8), (7.7, 17.7, 19.7, 16.7)])
    made.joinpath("VolumeTracings.csv").write_text(HEAD + traced("0X1A", 2, chords.tolist()))

    def inside(chords):
        """Whole numbers are centres of pixels."""
        ring = np.concatenate([chords[:, :2], chords[::-1, 2:]])
        return measure.grid_points_in_poly((24, 32), ring[:, ::-1])

    with Converted("EchoNet-Dynamic", made) as found:
        mask = found.annotations("0X1A/0002")[0][0][1]
    np.testing.assert_array_equal(mask, inside(chords))
    for column in range(4):
        cut = chords.copy()
        cut[:, column] //= 1
        assert (mask != inside(cut)).any()


def test_the_official_split_and_the_volumes_are_kept_and_videos_are_sequences(made):
    with Converted("EchoNet-Dynamic", made) as found:
        samples = found.samples
        assert [(s.split, s.sequence, s.frame, s.patient) for s in samples.values()] == [
            ("val", "0X1A", 2, None),
            ("val", "0X1A", 0, None),
            ("train", "0X2B", 5, None),
        ]
        assert dict(samples["0X2B/0005"].labels) == {"EF": "59.1", "ESV": "40.3", "EDV": "98.7"}
        assert not found.notes.skipped
        assert not found.notes.warnings


def test_a_video_with_one_traced_frame_is_kept(made):
    with Converted("EchoNet-Dynamic", made) as found:
        assert [name for name in found.samples if name.startswith("0X2B")] == ["0X2B/0005"]


def test_missing_videos_and_frames_beyond_the_end_are_reported(made):
    (made / "Videos/0X2B.avi").unlink()
    with made.joinpath("VolumeTracings.csv").open("a") as table:
        table.write(traced("0X1A", 6, CHORDS))
    with Converted("EchoNet-Dynamic", made) as found:
        assert ["(0x2b) is not there" in warning for warning in found.notes.warnings] == [True]
        with pytest.raises(Unreadable, match="from 0 to 5"):
            found.picture("0X1A/0006")


def test_a_frame_with_nothing_but_the_long_axis_is_no_negative(made):
    made.joinpath("VolumeTracings.csv").write_text(HEAD + traced("0X1A", 2, []))
    with Converted("EchoNet-Dynamic", made) as found:
        objects, remarks = found.annotations("0X1A/0002")
        assert (objects, len(remarks)) == ([], 1)
        assert not found.samples["0X1A/0002"].is_negative_if_empty


def test_damaged_rows_and_videos_that_nobody_traced_are_reported(made):
    table = made / "VolumeTracings.csv"
    table.write_text(table.read_text().replace("0X2B.avi,9,", "0X2B.avi,?,"))
    video(made / "Videos/0X3C.avi", frames(1))
    with Converted("EchoNet-Dynamic", made) as found:
        assert [entry.path for entry in found.notes.skipped] == ["Videos/0X2B.avi", "Videos/0X3C.avi"]


def test_a_corrupt_video_is_found_when_it_is_read(made):
    (made / "Videos/0X2B.avi").write_bytes(b"RIFF no video")
    with Converted("EchoNet-Dynamic", made) as found, pytest.raises(Unreadable, match=r"0X2B\.avi"):
        found.picture("0X2B/0005")


@pytest.mark.parametrize(
    "text", [None, "Name,Part\n", LIST_HEAD + "0X1A,1,1,1,1,1,1,1,VAL\n0X2B,1,1,1,1,1,1,1,PRIVATE\n"]
)
def test_without_a_table_or_a_part_there_is_a_warning(made, text):
    (made / "FileList.csv").unlink()
    if text:
        made.joinpath("FileList.csv").write_text(text)
    with Converted("EchoNet-Dynamic", made) as found:
        assert found.samples["0X2B/0005"].split is None
        assert len(found.notes.warnings) == 1


@pytest.mark.parametrize("text", [None, "FileName,X,Y,Frame\n"])
def test_without_its_tracings_it_is_an_error(made, text):
    (made / "VolumeTracings.csv").unlink()
    if text:
        made.joinpath("VolumeTracings.csv").write_text(text)
    with pytest.raises(InputError, match=r"VolumeTracings\.csv"):
        Converted("EchoNet-Dynamic", made)
