import os
import shutil
import threading

import numpy as np
import pytest
from PIL import Image

from tests.references import EXAMPLES
from ultrasam.errors import ImageError
from ultrasam.server.library import open_images
from ultrasam.server.library.open_images import OpenImages, read_file
from ultrasam.server.refusals import Forbidden, Gone


def gif(path, greys):
    pages = [Image.fromarray(np.full((8, 9), grey, np.uint8)) for grey in greys]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=40)
    return path


@pytest.fixture
def cine(tmp_path):
    return gif(tmp_path / "cine.gif", [10, 60, 110, 160, 210])


@pytest.fixture
def reads(monkeypatch):
    """Names of the files that were read, and the images that came of it."""
    read = []

    def counted(path):
        image = read_file(path)
        read.append(image)
        return image

    monkeypatch.setattr(open_images, "read_file", counted)
    return read


def grey(image, index=0):
    return int(image.frame(index).pixels.flat[0])


def is_closed(image):
    try:
        image.frame(0)
    except ImageError as error:
        return "was closed" in str(error)
    return False


def test_an_image_stays_open(cine, reads):
    images = OpenImages()
    for index, expected in enumerate([10, 60, 110]):
        with images.opened(cine) as image:
            assert grey(image, index) == expected
    assert len(reads) == 1


def test_the_image_used_longest_ago_is_closed(tmp_path, reads):
    images = OpenImages(max_images=2)
    paths = [gif(tmp_path / f"{number}.gif", [number, 250]) for number in range(3)]
    for number in (0, 1, 0, 2):
        with images.opened(paths[number]):
            pass
    assert [is_closed(image) for image in reads] == [False, True, False]
    images.close()
    assert all(is_closed(image) for image in reads)


def test_images_together_are_bounded_in_bytes_but_the_last_one_stays(tmp_path, reads):
    images = OpenImages(max_bytes=100)
    for number in range(2):
        with images.opened(gif(tmp_path / f"{number}.gif", [number, 250])):
            pass
    assert [is_closed(image) for image in reads] == [True, False]


def test_an_image_in_use_is_closed_by_its_last_user(tmp_path, reads):
    images = OpenImages(max_images=1)
    with images.opened(gif(tmp_path / "a.gif", [7, 250])) as first:
        with images.opened(gif(tmp_path / "b.gif", [8, 250])):
            pass
        images.drop(tmp_path / "a.gif")
        assert grey(first, 0) == 7
    assert is_closed(reads[0])


def test_a_file_that_is_replaced_is_opened_anew(cine, reads):
    images = OpenImages()
    with images.opened(cine) as image:
        assert grey(image) == 10
    status = cine.stat()
    other = gif(cine.with_name("other.gif"), [10, 61, 110, 160, 210])
    assert other.stat().st_size == status.st_size
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    other.replace(cine)
    with images.opened(cine) as image:
        assert grey(image, 1) == 61
    assert is_closed(reads[0])


def test_a_file_that_is_deleted_is_gone_although_it_is_open(cine, reads):
    images = OpenImages()
    with images.opened(cine):
        pass
    cine.unlink()
    with pytest.raises(Gone, match=r"cine\.gif.*is gone"), images.opened(cine):
        pass
    assert is_closed(reads[0])


def test_a_file_that_is_deleted_while_it_is_read_is_gone_not_damaged(tmp_path):
    images = OpenImages()
    path = tmp_path / "x.png"
    shutil.copy(EXAMPLES / "nerve.png", path)

    def read_too_late():
        with images.opened(path):
            path.unlink()
            raise ImageError("Expected a whole image.")

    with pytest.raises(Gone):
        read_too_late()


@pytest.mark.parametrize("way", ["opened", "passing"])
@pytest.mark.parametrize("content", [b"", b"no image", (EXAMPLES / "nerve.png").read_bytes()[:3000]], ids=len)
def test_a_broken_file_is_an_error_each_time_and_names_no_folder(tmp_path, way, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    images = OpenImages()
    for _ in range(2):
        with pytest.raises(ImageError, match=r"broken\.png") as error, getattr(images, way)(path):
            pass
        assert str(tmp_path) not in str(error.value)
    shutil.copy(EXAMPLES / "nerve.png", path)
    with getattr(images, way)(path) as image:
        assert image.size_hw == (476, 760) or len(image) == 1


def test_pixels_behind_a_link_to_elsewhere_are_refused(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "secret").write_bytes(bytes(72))
    (tmp_path / "images" / "x.raw").symlink_to(tmp_path / "secret")
    header = tmp_path / "images" / "x.mhd"
    header.write_text("NDims = 2\nDimSize = 9 8\nElementType = MET_UCHAR\nElementDataFile = x.raw\n")
    with pytest.raises(Forbidden, match="link to elsewhere"):
        read_file(header)
    (tmp_path / "images" / "x.raw").unlink()
    (tmp_path / "images" / "x.raw").write_bytes(bytes(72))
    assert read_file(header).size_hw == (8, 9)


def test_a_passing_look_takes_no_place(tmp_path, cine, reads):
    images = OpenImages(max_images=1)
    with images.opened(cine):
        pass
    with images.passing(gif(tmp_path / "other.gif", [99, 250])) as image:
        assert grey(image) == 99
    with images.passing(cine) as image:
        assert grey(image) == 10
    assert [is_closed(image) for image in reads] == [False, True]


def test_many_threads_read_many_frames_of_few_files(tmp_path):
    images = OpenImages(max_images=2)
    paths = [gif(tmp_path / f"{number}.gif", [number * 10 + index for index in range(6)]) for number in range(4)]
    wrong = []

    def look(seed):
        for step in np.random.default_rng(seed).integers(0, 24, 60):
            number, index = divmod(int(step), 6)
            with images.opened(paths[number]) as image:
                if grey(image, index) != number * 10 + index:
                    wrong.append((number, index))

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_image_is_for_one_thread_at_a_time(cine):
    images = OpenImages()
    entered = threading.Event()

    def enter():
        with images.opened(cine):
            entered.set()

    with images.opened(cine):
        with images.opened(cine) as again:  # the same thread may
            assert grey(again) == 10
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(10)
    thread.join()


def test_after_closing_nothing_stays_open(cine, reads):
    images = OpenImages()
    images.close()
    with images.opened(cine) as image:
        assert grey(image) == 10
    assert is_closed(reads[0])
