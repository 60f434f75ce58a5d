import asyncio
import io
import os
import shutil

import av
import numpy as np
import pydicom
import pytest
from PIL import Image

from tests.references import EXAMPLES, shared
from ultrasam.errors import ImageError
from ultrasam.imaging import read
from ultrasam.server.library import Library, Stamp
from ultrasam.server.refusals import Forbidden, Gone, Missing

CINE = "dicom/pydicom/test_files/examples_ybr_color.dcm"
FILES = {
    "png": EXAMPLES / "fetal_head.png",
    "dicom": "dicom/pydicom-data/OBXXXX1A.dcm",
    "grey_dicom": "dicom/pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm",
    "cine": CINE,
    "nifti": "native/CAMUS/database_nifti/patient0001/patient0001_4CH_ED.nii.gz",
    "mha": "native/PSFHS/image_mha/03744.mha",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


@pytest.fixture
def library(folder):
    library = Library(folder, folder / ".ultrasam" / "uploads", 2**20)
    yield library
    library.close()


def pixels_of(picture):
    return np.asarray(Image.open(io.BytesIO(picture)))


def put(folder, kind):
    source = shared(FILES[kind]) if isinstance(FILES[kind], str) else FILES[kind]
    return shutil.copy(source, folder)


def test_a_peek_is_the_stamp_of_a_file_of_the_folder(tmp_path, folder, library):
    put(folder, "png")
    (name,) = library.scan()
    assert library.peek(name) == library.stamp(library.path_of(name, is_upload=False))
    (folder / name).unlink()
    assert library.peek(name) is None
    (folder / name).symlink_to(name)
    assert library.peek(name) is None
    assert Library(None, tmp_path / "uploads", 1).peek(name) is None


@pytest.mark.parametrize("kind", FILES)
def test_real_files_from_the_folder_to_the_picture(folder, library, kind):
    put(folder, kind)
    (name,) = library.scan()
    path = library.path_of(name, is_upload=False)
    facts = library.facts(path)
    with read(path) as image:
        last = image.frame(-1).pixels
        assert (facts.frames, facts.size_hw, facts.is_colour) == (len(image), image.size_hw, image.is_colour)
        assert facts.calibration == image.calibration
        assert np.array_equal(pixels_of(library.frame_png(path, facts.frames - 1)), last)
        assert np.array_equal(library.frame(path, facts.frames - 1).pixels, last)
    assert max(pixels_of(library.thumbnail(path)).shape[:2]) == 160


def test_a_thumbnail_has_its_true_shape(folder, library):
    import SimpleITK as sitk  # noqa: N813

    picture = sitk.GetImageFromArray(np.zeros((200, 100), np.uint8))
    picture.SetSpacing((0.6, 0.2))
    sitk.WriteImage(picture, str(folder / "wide.mha"))
    assert pixels_of(library.thumbnail(library.path_of("wide.mha", is_upload=False))).shape == (107, 160)


def test_a_video(folder, library):
    with av.open(str(folder / "sweep.avi"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "gray"
        for number in range(12):
            picture = np.full((24, 32), number * 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode())
    path = library.path_of("sweep.avi", is_upload=False)
    facts = library.facts(path)
    assert (facts.frames, facts.size_hw, facts.is_colour) == (12, (24, 32), False)
    assert facts.frame_times_s[:2] == pytest.approx((0, 0.04))
    for number in (7, 0, 11, 7):
        assert (pixels_of(library.frame_png(path, number)) == number * 20).all()


def test_an_upload_is_an_image_as_any_other(library):
    async def chunks():
        yield (EXAMPLES / "nerve.png").read_bytes()

    stored = asyncio.run(library.store_upload("../my scan.png", chunks(), expected_bytes=None))
    assert stored.split("/", 1)[1] == "my scan.png"
    assert library.stored_uploads() == [stored]
    assert library.scan() == []
    path = library.path_of(stored, is_upload=True)
    assert np.array_equal(library.frame(path, 0).pixels, read(EXAMPLES / "nerve.png").frame().pixels)
    library.remove_upload(stored)
    with pytest.raises(Gone):
        library.frame_png(path, 0)
    with pytest.raises(Gone):
        library.path_of(stored, is_upload=True)


def test_the_folder_does_not_show_uploads_nor_uploads_the_folder(folder, library):
    put(folder, "png")
    with pytest.raises(Gone):
        library.path_of("fetal_head.png", is_upload=True)
    with pytest.raises(Forbidden):
        library.path_of(".ultrasam/uploads", is_upload=False)


def test_without_a_folder_there_are_only_uploads(tmp_path):
    library = Library(None, tmp_path / "uploads", 100)
    assert library.scan() == []
    with pytest.raises(Missing):
        library.path_of("x.png", is_upload=False)


@pytest.mark.parametrize("index", [-1, 30, 10**9])
def test_a_frame_that_is_not_there(folder, library, index):
    put(folder, "cine")
    path = library.path_of(library.scan()[0], is_upload=False)
    for ask in (library.frame, library.frame_png):
        with pytest.raises(Missing, match=r"from 0 to 29 of examples_ybr_color\.dcm"):
            ask(path, index)


def test_a_file_that_changes_is_shown_as_it_is_now(folder, library):
    path = folder / "x.png"
    shutil.copy(EXAMPLES / "nerve.png", path)
    before = library.facts(path), library.frame_png(path, 0), library.thumbnail(path)
    shutil.copy(EXAMPLES / "fetal_head.png", path)
    os.utime(path, ns=(0, 1))
    after = library.facts(path), library.frame_png(path, 0), library.thumbnail(path)
    assert before[0].stamp != library.stamp(path) == after[0].stamp == Stamp(path.stat().st_size, 1)
    assert np.array_equal(pixels_of(after[1]), np.asarray(Image.open(EXAMPLES / "fetal_head.png")))
    assert before[2] != after[2]


def test_a_file_that_is_deleted_is_gone_in_every_way(folder, library):
    put(folder, "cine")
    path = library.path_of("examples_ybr_color.dcm", is_upload=False)
    library.frame_png(path, 0), library.thumbnail(path)
    path.unlink()
    for ask in (library.facts, library.thumbnail, library.stamp, lambda p: library.frame_png(p, 0)):
        with pytest.raises(Gone, match=r"examples_ybr_color\.dcm"):
            ask(path)


def test_a_damaged_frame_is_an_error_and_the_others_are_shown(folder, library):
    path = folder / "cine.dcm"
    header = pydicom.dcmread(shared(CINE))
    frames = list(pydicom.encaps.generate_frames(header.PixelData, number_of_frames=30))
    frames[3] = b"\xff\xd8\xff" + bytes(101)
    header.PixelData = pydicom.encaps.encapsulate(frames)
    header.save_as(path)
    with pytest.raises(ImageError, match=r"compressed frame.*cine\.dcm"):
        library.frame_png(path, 3)
    assert library.frame_png(path, 4)


def test_a_broken_file_in_the_folder(folder, library):
    (folder / "broken.dcm").write_bytes(shared(CINE).read_bytes()[:2000])
    assert library.scan() == ["broken.dcm"]
    path = library.path_of("broken.dcm", is_upload=False)
    for ask in (library.facts, library.thumbnail, lambda p: library.frame_png(p, 0)):
        with pytest.raises(ImageError, match=r"broken\.dcm") as error:
            ask(path)
        assert str(folder) not in str(error.value)


def test_a_cine_that_plays_again_is_not_encoded_again(folder, library, monkeypatch):
    put(folder, "cine")
    path = library.path_of("examples_ybr_color.dcm", is_upload=False)
    first = library.frame_png(path, 2)
    monkeypatch.setattr("ultrasam.server.library.library.encode_png", lambda *_, **__: pytest.fail("encoded again"))
    assert library.frame_png(path, 2) == first
