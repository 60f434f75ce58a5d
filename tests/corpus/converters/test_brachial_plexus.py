"""Brachial plexus: videos with masks of some frames, in the repository's layout."""

import av
import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Unreadable

SIZE_HW = (32, 48)


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def video(path, frames=4):
    """Each frame is brighter than the one before by 20."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE_HW, "yuv420p"
        for number in range(frames):
            pixels = np.full((*SIZE_HW, 3), 40 + 20 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


def mask(path, rows):
    picture(path, block(slice(9, 9 + rows), slice(11, 27), SIZE_HW))


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """Four frames each: one of every machine, the second with needles in frames 1 and 3, and the demo."""
    data = tmp_path_factory.mktemp("repository") / "data"
    for place, name in (("Butterfly", "b240"), ("Sonosite", "s071")):
        video(data / place / f"videos/{name}.mp4")
        for frame in range(4):
            mask(data / place / f"ac_masks/{name}/{name}_{frame:03}.jpg", rows=8 if frame else 0)
        (data / place / "bb_annotations").mkdir()
        (data / place / f"bb_annotations/{name}.txt").write_text('{"0": {}}')
    for frame in (1, 3):
        mask(data / f"Sonosite/needle/needle_masks/s071/s071_{frame:03}.jpg", rows=16)
    video(data / "demo/P_021_09.mp4", frames=2)
    for frame in range(2):
        mask(data / f"demo/P_021_09_masks/P_021_09_{frame:03}.jpg", rows=8)
    return data.parent


@pytest.fixture
def made(master, tmp_path):
    """The same files, of which some may be changed."""
    for path in master.rglob("*.*"):
        copy = tmp_path / path.relative_to(master)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return tmp_path / "data"


def classes(found, name):
    return [category for category, _ in found.areas(name)]


def test_needles_are_on_the_frames_whose_number_they_have(master):
    with Converted("brachial_plexus", master) as plexus:
        assert [classes(plexus, f"Sonosite/s071/{frame:04}") for frame in range(4)] == [
            [],
            ["nerve", "needle"],
            ["nerve"],
            ["nerve", "needle"],
        ]
        assert not plexus.notes.skipped
        assert not plexus.notes.warnings


def test_frames_are_those_of_the_video(master):
    with Converted("brachial_plexus", master) as plexus:
        for frame in range(4):
            sample = plexus.samples[f"Butterfly/b240/{frame:04}"]
            assert sample.frame == frame
            assert sample.pixels.read().pixels.mean() == pytest.approx(40 + 20 * frame, abs=4)


def test_a_video_is_a_sequence_and_the_machine_a_label(master):
    with Converted("brachial_plexus", master) as plexus:
        assert {(sample.sequence, *sample.labels) for sample in plexus.samples.values()} == {
            ("Butterfly/b240", ("device", "Butterfly")),
            ("Sonosite/s071", ("device", "Sonosite")),
            ("demo/P_021_09",),
        }
        assert [name for name in plexus.samples if "demo" in name] == ["demo/P_021_09/0000", "demo/P_021_09/0001"]


def test_an_empty_mask_of_nerves_makes_a_negative(master):
    with Converted("brachial_plexus", master) as plexus:
        assert plexus.areas("Butterfly/b240/0000") == []
        assert plexus.samples["Butterfly/b240/0000"].is_negative_if_empty


def test_noise_of_jpg_masks_is_no_object(master):
    with Converted("brachial_plexus", master) as plexus:
        objects, remarks = plexus.annotations("Butterfly/b240/0001")
        assert [(category, found.sum()) for category, found in objects] == [("nerve", 8 * 16)]
        assert remarks[0].pixels > 50


def test_videos_whose_names_begin_alike_are_told_apart(made):
    video(made / "demo/P_021_10.mp4", frames=2)
    mask(made / "demo/P_021_10_masks/P_021_10_001.jpg", rows=16)
    with Converted("brachial_plexus", made) as plexus:
        assert plexus.areas("demo/P_021_09/0001") == [("nerve", 8 * 16)]
        assert plexus.areas("demo/P_021_10/0001") == [("nerve", 16 * 16)]
        assert plexus.areas("demo/P_021_10/0000") == []


def test_videos_of_one_name_are_told_apart_by_their_machines(made):
    video(made / "Butterfly/videos/s071.mp4", frames=2)
    mask(made / "Butterfly/ac_masks/s071/s071_001.jpg", rows=16)
    with Converted("brachial_plexus", made) as plexus:
        assert plexus.areas("Butterfly/s071/0001") == [("nerve", 16 * 16)]
        assert classes(plexus, "Sonosite/s071/0001") == ["nerve", "needle"]


def test_frames_without_a_mask_stop_nothing_and_are_no_negatives(made):
    for frame in (0, 3):
        (made / f"Sonosite/ac_masks/s071/s071_{frame:03}.jpg").unlink()
    with Converted("brachial_plexus", made) as plexus:
        samples = [plexus.samples[f"Sonosite/s071/{frame:04}"] for frame in range(4)]
        assert [sample.is_negative_if_empty for sample in samples] == [False, True, True, False]
        assert [len(sample.masks) for sample in samples] == [0, 2, 1, 1]


def test_masks_that_fit_nothing_are_reported(made):
    masks = made / "Butterfly/ac_masks"
    for path in ("b240/b240_004.jpg", "b240/b240.jpg", "b999/b999_000.jpg"):
        mask(masks / path, rows=8)
    with Converted("brachial_plexus", made) as plexus:
        assert len(plexus.samples) == 10
        assert {entry.path.rpartition("/")[2]: entry.reason for entry in plexus.notes.skipped} == {
            "b240.jpg": "Expected the number of a frame at the end of this name.",
            "b240_004.jpg": "Expected a frame of this number in the video, but it has fewer.",
            "b999_000.jpg": "Expected a video for this mask, but there is none.",
        }


def test_a_number_that_is_there_twice_is_not_guessed(made):
    mask(made / "Butterfly/ac_masks/b240/b240_1.jpg", rows=16)
    with Converted("brachial_plexus", made) as plexus:
        assert not plexus.samples["Butterfly/b240/0001"].masks
        assert len(plexus.notes.skipped) == 2


def test_a_video_without_masks_and_a_damaged_one_are_reported(made):
    video(made / "Butterfly/videos/b267.mp4", frames=1)
    path = made / "Sonosite/videos/s071.mp4"
    path.write_bytes(path.read_bytes()[:200])
    with Converted("brachial_plexus", made) as plexus:
        assert [entry.path for entry in plexus.notes.skipped] == [
            "Butterfly/videos/b267.mp4",
            "Sonosite/videos/s071.mp4",
        ]
        assert {sample.sequence for sample in plexus.samples.values()} == {"Butterfly/b240", "demo/P_021_09"}


@pytest.mark.parametrize("root", ["Sonosite", "."])
def test_a_part_of_the_repository_is_enough(made, root):
    with Converted("brachial_plexus", made / root) as plexus:
        found = [classes(plexus, name) for name in plexus.samples if "s071" in name]
        assert found == [[], ["nerve", "needle"], ["nerve"], ["nerve", "needle"]]


def test_a_mask_of_another_shape_leaves_out_its_frame(made):
    picture(made / "Butterfly/ac_masks/b240/b240_001.jpg", texture((40, 40)))
    with Converted("brachial_plexus", made) as plexus, pytest.raises(Unreadable, match=r"b240_001\.jpg has 40 x 40"):
        plexus.annotations("Butterfly/b240/0001")


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images/b240_000.jpg", texture())
    with Converted("brachial_plexus", tmp_path) as plexus:
        assert not plexus.samples
