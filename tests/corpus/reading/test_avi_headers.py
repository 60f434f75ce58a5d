import pytest

from tests.corpus.converters.cines import frames, video
from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import avi_length


@pytest.mark.parametrize("count", [1, 7])
def test_the_number_of_frames_is_in_the_header(tmp_path, count):
    assert avi_length(source_file(video(tmp_path / "a.avi", frames(count)))) == count


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF....AVI LIST....hdrlavih", b"no video " * 20])
def test_a_file_that_does_not_say_has_none(tmp_path, content):
    (tmp_path / "a.avi").write_bytes(content)
    assert avi_length(source_file(tmp_path / "a.avi")) is None
