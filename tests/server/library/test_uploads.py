import asyncio
import errno
import io
import resource
import shutil
import signal
import tracemalloc
import unicodedata
from types import SimpleNamespace

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.references import EXAMPLES, shared
from ultrasam.errors import ImageError
from ultrasam.server.library import uploads as module
from ultrasam.server.library.uploads import Uploads, clean_name
from ultrasam.server.refusals import Forbidden, Full, Gone, Missing, TooLarge

PICTURE = (EXAMPLES / "nerve.png").read_bytes()


async def pieces(data, size=10_000):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def zeros(byte_count, size=2**16, head=b""):
    yield head
    chunk = bytes(size)
    for _ in range(byte_count // size):
        yield chunk


@pytest.fixture
def uploads(tmp_path):
    return Uploads(tmp_path / "uploads", 10 * 2**20)


def store(uploads, name, chunks, **options):
    return asyncio.run(uploads.store(name, chunks, **options))


def is_empty(uploads):
    return not list(uploads.root.iterdir())


def test_what_was_sent_lies_there(uploads):
    stored = store(uploads, "scan.png", pieces(PICTURE), expected_bytes=len(PICTURE))
    assert stored.endswith("/scan.png")
    assert uploads.path_of(stored).read_bytes() == PICTURE
    assert uploads.names() == [stored]


def test_two_of_one_name_are_two(uploads):
    first, second = (store(uploads, "scan.png", pieces(PICTURE)) for _ in range(2))
    assert first != second
    assert uploads.names() == sorted([first, second])
    uploads.remove(first)
    uploads.remove(first)
    assert uploads.names() == [second]
    with pytest.raises(Gone):
        uploads.path_of(first)


@pytest.mark.parametrize(
    "relative",
    [
        "dicom/pydicom/test_files/examples_ybr_color.dcm",
        "dicom/dcm4che/US-PAL-8-10x-echo",
        "native/CAMUS/database_nifti/patient0001/patient0001_4CH_ED.nii.gz",
        "native/PSFHS/image_mha/03744.mha",
    ],
)
def test_real_files_are_taken(uploads, relative):
    path = shared(relative)
    stored = store(uploads, path.name, pieces(path.read_bytes()))
    assert uploads.path_of(stored).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        pytest.param("empty.png", b"", "is empty", id="empty"),
        pytest.param("notes.png", b"What I saw", "a text file", id="text"),
        pytest.param("cut.png", PICTURE[:-5000], "cut off", id="cut_off"),
        pytest.param("all.zip", b"PK\x03\x04" + bytes(100), "ZIP archive", id="zip"),
        pytest.param("x.raw", bytes(5000), "unknown kind", id="raw"),
    ],
)
def test_what_is_no_image_is_refused_and_removed(uploads, name, data, words):
    with pytest.raises(ImageError, match=words) as error:
        store(uploads, name, pieces(data))
    assert name in str(error.value)
    assert str(uploads.root) not in str(error.value)
    assert is_empty(uploads)


def test_a_whole_header_with_a_damaged_first_frame_is_refused(uploads):
    header = pydicom.dcmread(shared("dicom/pydicom/test_files/examples_ybr_color.dcm"))
    frames = list(pydicom.encaps.generate_frames(header.PixelData, number_of_frames=30))
    frames[0] = b"\xff\xd8\xff" + bytes(101)
    header.PixelData = pydicom.encaps.encapsulate(frames)
    data = io.BytesIO()
    header.save_as(data)
    with pytest.raises(ImageError, match=r"compressed frame.*x\.dcm"):
        store(uploads, "x.dcm", pieces(data.getvalue()))
    assert is_empty(uploads)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"NDims = 2\nDimSize = 9 8\nElementType = MET_UCHAR\nElementDataFile = x.raw\n", id="meta_image"),
        pytest.param(b"NDims = 2\r\nDimSize = 9 8\r\nElementDataFile=  x.raw\r\n", id="meta_image_windows"),
        pytest.param(b"NDims = 2\nDimSize = 9 8\nElementDataFile = /etc/passwd\n", id="meta_image_elsewhere"),
        pytest.param(b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 9 8\ndata file: x.raw\n\n", id="nrrd"),
        pytest.param(b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 9 8\ndatafile: LIST\nx.raw\n", id="nrrd_list"),
    ],
)
def test_a_header_without_its_pixels_is_refused(uploads, header):
    with pytest.raises(ImageError, match=r"with its pixels in it.*(x\.raw|/etc/passwd|LIST).*put both into the folder"):
        store(uploads, "x.png", pieces(header))
    assert is_empty(uploads)


def test_a_real_pair_is_refused(uploads):
    path = shared("native/CAMUS_mhd_5patients/patient0003/patient0003_4CH_ED.mhd")
    with pytest.raises(ImageError, match=r"patient0003_4CH_ED\.raw"):
        store(uploads, path.name, pieces(path.read_bytes()))


@pytest.mark.parametrize("word", [b"LOCAL", b"Local", b" LOCAL "])
def test_a_header_with_its_pixels_is_taken(uploads, word):
    data = b"NDims = 2\nDimSize = 9 8\nElementType = MET_UCHAR\nElementDataFile = " + word + b"\n" + bytes(72)
    assert store(uploads, "x.mha", pieces(data)).endswith("/x.mha")


def test_a_file_that_grows_too_large_is_refused_as_it_comes(uploads):
    taken = 0

    async def counted():
        nonlocal taken
        async for chunk in zeros(2**30):
            taken += len(chunk)
            yield chunk

    with pytest.raises(TooLarge, match=r"at most 10 MB.*--max-upload"):
        store(uploads, "x.dcm", counted())
    assert taken <= 10 * 2**20 + 2**16
    assert is_empty(uploads)


def test_a_file_that_says_that_it_is_too_large_is_refused_before(uploads):
    async def never():
        pytest.fail("was read")
        yield b""

    with pytest.raises(TooLarge):
        store(uploads, "x.dcm", never(), expected_bytes=2**30)


def test_a_file_of_just_the_limit_is_taken(tmp_path):
    uploads = Uploads(tmp_path, len(PICTURE))
    assert store(uploads, "x.png", pieces(PICTURE))
    with pytest.raises(TooLarge):
        store(uploads, "x.png", pieces(PICTURE + b"\0"))


def test_500_mb_take_a_few_mb_of_memory(tmp_path):
    uploads = Uploads(tmp_path, 2**30)
    head = b"NDims = 3\nDimSize = 1000 500 1000\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    tracemalloc.start()
    try:
        stored = store(uploads, "x.mha", zeros(500_000_000, size=50_000, head=head))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert uploads.path_of(stored).stat().st_size == len(head) + 500_000_000
    assert peak < 20e6
    uploads.remove(stored)


def test_a_sender_who_goes_away_leaves_nothing(uploads):
    async def broken():
        yield PICTURE[:100_000]
        raise ConnectionError("client disconnected")

    with pytest.raises(ConnectionError):
        store(uploads, "x.png", broken())
    assert is_empty(uploads)


def test_a_cancelled_upload_leaves_nothing(uploads):
    async def endless():
        yield PICTURE
        await asyncio.Event().wait()

    async def cancelled():
        task = asyncio.create_task(uploads.store("x.png", endless()))
        await asyncio.sleep(0)
        while is_empty(uploads):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert is_empty(uploads)


def test_what_a_killed_process_left_is_removed_and_the_rest_kept(uploads):
    stored = store(uploads, "x.png", pieces(PICTURE))
    left = uploads.root / ".partial-0123456789abcdef"
    left.mkdir()
    (left / "half.png").write_bytes(PICTURE[:100])
    assert Uploads(uploads.root, 100).names() == [stored]
    assert not left.exists()


def test_a_disk_without_room_is_said_before_anything_is_read(uploads, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=module.RESERVED_BYTES + 1000))
    with pytest.raises(Full, match=r"room on the disk for x\.png"):
        store(uploads, "x.png", pieces(PICTURE), expected_bytes=1001)
    with pytest.raises(Full):
        store(uploads, "x.png", pieces(PICTURE))
    assert is_empty(uploads)


def test_a_disk_that_fills_up_meanwhile_keeps_its_reserve(uploads, monkeypatch):
    free = iter([module.RESERVED_BYTES + 10 * 2**20, module.RESERVED_BYTES + 2**19])
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    with pytest.raises(Full):
        store(uploads, "x.dcm", zeros(5 * 2**20))
    assert is_empty(uploads)


def test_a_write_that_the_system_refuses(uploads):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, before[1]))
    try:
        with pytest.raises(Full) as refused:
            store(uploads, "x.dcm", zeros(5 * 2**20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert refused.value.__cause__.errno == errno.EFBIG
    assert is_empty(uploads)


@pytest.mark.parametrize(
    "stored", ["", "..", "../x", "0123456789abcdef", "0123456789abcdef/../..", "x/y.png", "/etc/x"]
)
def test_only_an_upload_can_be_removed(uploads, stored):
    (uploads.root.parent / "x").mkdir()
    with pytest.raises(Missing):
        uploads.remove(stored)
    assert (uploads.root.parent / "x").exists()


@pytest.mark.parametrize(
    "stored", ["../secret.png", "0123456789abcdef/../../secret.png", "/etc/passwd", ".partial-1/x.png"]
)
def test_only_an_upload_can_be_read(uploads, stored):
    shutil.copy(EXAMPLES / "nerve.png", uploads.root.parent / "secret.png")
    with pytest.raises(Forbidden):
        uploads.path_of(stored)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scan.dcm", "scan.dcm"),
        ("../../etc/passwd", "passwd"),
        ("..", "image"),
        ("", "image"),
        (".bashrc", "bashrc"),
        ("C:\\scans\\liver 1.dcm", "liver 1.dcm"),
        ("a/b\\c.png", "c.png"),
        ("x\0\n\r\t.png", "x.png"),
        ('a<b>:"c"|?*.png', "a_b___c____.png"),
        ("Scha\u0308del.nii.gz", "Schädel.nii.gz"),
        ("a\u202e\u0308.png", "ä.png"),
        ("gnp.\u202escan.png", "gnp.scan.png"),
        ("超音波.png", "超音波.png"),
        ("x\ud800.png", "x.png"),
        ("%2e%2e%2fx.png", "%2e%2e%2fx.png"),
        ("a" * 300 + ".nii.gz", "a" * 113 + ".nii.gz"),
        ("ä" * 300 + ".png", "ä" * 58 + ".png"),
        ("a." + "b" * 300, "a." + "b" * 118),
        (" . x.png . ", "x.png"),
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_names(name, expected):
    assert clean_name(name) == expected


@given(st.text(max_size=400))
def test_every_name_becomes_one_that_a_file_can_have(name):
    clean = clean_name(name)
    assert clean
    assert len(clean.encode()) <= 120
    assert not clean.startswith(".")
    assert not set(clean) & set('/\\\0<>:"|?*')
    assert unicodedata.is_normalized("NFC", clean)
    assert clean_name(clean) == clean


def test_what_is_taken_is_on_the_disk_before_it_has_its_name(uploads, monkeypatch):
    synced = []
    monkeypatch.setattr(module.os, "fsync", lambda number: synced.append(list(uploads.names())))
    store(uploads, "nerve.png", pieces(PICTURE))
    assert synced == [[]]
