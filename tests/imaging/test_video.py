import random
import sys

import av
import numpy as np
import pytest

from ultrasam.errors import ImageError, MissingExtraError
from ultrasam.imaging import read

HEIGHT, WIDTH, COUNT = 48, 64, 30

#: name -> codec, pixel format, options. Streams with B-frames, open groups of pictures and hidden frames among them.
VIDEOS = {
    "h264.mp4": ("libx264", "yuv420p", {"bf": "3", "g": "12"}),
    "h264.mov": ("libx264", "yuv420p", {"bf": "2"}),
    "h265.mp4": ("libx265", "yuv420p", {"x265-params": "log-level=none:keyint=10"}),
    "open.mkv": ("libx264", "yuv420p", {"x264-params": "open-gop=1:bframes=3:keyint=8"}),
    "h264.avi": ("libx264", "yuv420p", {"bf": "3", "g": "12"}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"bf": "2"}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", {}),
    "raw.avi": ("rawvideo", "bgr24", {}),
    "vp8.webm": ("libvpx", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "10", "g": "10"}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "10", "g": "10", "cpu-used": "8"}),
    "mpeg2.mpg": ("mpeg2video", "yuv420p", {}),
    "wmv2.wmv": ("wmv2", "yuv420p", {}),
    "grey.avi": ("ffv1", "gray", {}),
    "grey16.mkv": ("ffv1", "gray16le", {}),
}


def scene(number):
    """A frame that differs from every other: a bar and a square that move."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[10:30, 2 * number % 44 : 2 * number % 44 + 12] = 200, 80, 30
    picture[40:, : 2 * number + 1] = 220
    return picture


def write(path, codec, pixel_format, options=(), *, count=COUNT, rotation=0):
    with av.open(str(path), "w", format="asf" if path.suffix == ".wmv" else None) as container:
        stream = container.add_stream(codec, rate=25, options=dict(options))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene(number), format="rgb24")))
        container.mux(stream.encode())
    return path


def decoded(path):
    with av.open(str(path)) as container:
        grey = container.streams.video[0].pix_fmt.startswith("gray")
        return [frame.to_ndarray(format="gray" if grey else "rgb24") for frame in container.decode(video=0)]


@pytest.fixture(scope="module", params=VIDEOS)
def video(request, tmp_path_factory):
    return write(tmp_path_factory.mktemp("video") / request.param, *VIDEOS[request.param])


def test_any_order_gives_what_decoding_from_the_start_gives(video):
    reference = decoded(video)
    image = read(video)
    assert image.shape == (COUNT, *reference[0].shape)
    assert image.is_colour == (not video.name.startswith("grey"))
    orders = random.Random(0).choices(range(COUNT), k=25) + list(range(COUNT))[::-1] + list(range(COUNT))
    for index in orders:
        assert (image.frame(index).pixels == reference[index]).all(), index


def test_the_first_frame_of_a_new_reader_need_not_be_the_first(video):
    assert (read(video).frame(17).pixels == decoded(video)[17]).all()


def test_frames_have_times(video):
    times = read(video).frame_times_s
    assert times == pytest.approx(np.arange(COUNT) / 25, abs=0.002)


def test_lossless_videos_give_the_pixels_back(tmp_path):
    image = read(write(tmp_path / "x.avi", "rawvideo", "bgr24"))
    assert all((frame.pixels == scene(frame.index)).all() for frame in image)
    assert (image.source.format, image.source.details) == ("AVI", {"codec": "rawvideo"})


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_rotation_is_applied(tmp_path, rotation):
    path = write(tmp_path / "x.mp4", "libx264", "yuv444p", {"crf": "1"}, count=2, rotation=rotation)
    expected = np.rot90(scene(0), rotation // 90)
    pixels = read(path).frame(0).pixels
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 3


def test_content_decides_and_not_the_name(tmp_path):
    path = write(tmp_path / "x.mp4", "mpeg4", "yuv420p", count=3).rename(tmp_path / "x.png")
    assert read(path).source.format == "MP4"


def test_a_video_without_frames(tmp_path):
    path = tmp_path / "x.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.start_encoding()
    with pytest.raises(ImageError, match=r"^Expected"):
        read(path)


def test_a_file_without_pictures(tmp_path):
    path = tmp_path / "x.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(ImageError, match=r"Expected a video in x\.mp4, but the file has no picture track"):
        read(path)


def test_a_cut_off_mp4_has_no_table_of_frames(tmp_path, capfd):
    path = write(tmp_path / "x.mp4", "libx264", "yuv420p")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=r"Expected a whole video in x\.mp4, but it is damaged or cut off"):
        read(path)
    assert capfd.readouterr() == ("", "")


def test_without_pyav_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "x.avi", "mjpeg", "yuvj420p", count=1)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r'video files need .* "ultrasam\[video\]"'):
        read(path)
