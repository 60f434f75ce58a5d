import numpy as np
import pytest
from PIL import Image

from tests.corpus.coco.coco_files import annotation, document, image, rle, write
from tests.references import shared
from ultrasam.corpus.contact_sheet import contact_sheet
from ultrasam.errors import InputError
from ultrasam.imaging.overlay import PALETTE

SIZE_HW = (40, 60)
CATEGORIES = [{"id": 1, "name": "wall"}, {"id": 2, "name": "lumen"}, {"id": 3, "name": "plaque"}]
LEFT, RIGHT = (rle(slice(5, 35), columns, SIZE_HW) for columns in (slice(5, 25), slice(35, 55)))


def data_set(folder, count=3, annotations=(), **more):
    entries = [image(i) | {"height": SIZE_HW[0], "width": SIZE_HW[1]} | more for i in range(1, count + 1)]
    path = write(folder, document(entries, list(annotations), CATEGORIES), files=[f"images/{i}.png" for i in range(99)])
    for entry in entries:
        Image.fromarray(np.full(SIZE_HW, 100, np.uint8)).save(folder / "images" / entry["file_name"])
    return path


def has(picture, colour):
    return bool((np.asarray(picture).astype(int) == colour).all(axis=-1).any())


def test_masks_are_drawn_in_the_colour_of_their_class_where_they_are(tmp_path):
    path = data_set(tmp_path, 1, [annotation(1, 1, LEFT, 2), annotation(2, 1, RIGHT, 1)])
    sheet = contact_sheet(path, tile=240)
    # The tile is 240 x 160 and stands in the middle of its square, 7 pixels from the left.
    top = sheet.height - 7 - round(1.5 * 10) - 240 + 40
    tile = np.asarray(sheet)[top : top + 160, 7 : 7 + 240].astype(int)
    inside_left, inside_right, outside = tile[80, 60], tile[80, 180], tile[80, 120]
    assert np.abs(inside_left - (0.8 * 100 + 0.2 * np.array(PALETTE[1]))).max() <= 2
    assert np.abs(inside_right - (0.8 * 100 + 0.2 * np.array(PALETTE[0]))).max() <= 2
    assert np.abs(outside - 100).max() <= 2


def test_the_legend_has_the_classes_that_are_seen(tmp_path):
    sheet = contact_sheet(data_set(tmp_path, 1, [annotation(1, 1, LEFT, 1), annotation(2, 1, RIGHT, 3)]), tile=240)
    assert [has(sheet, colour) for colour in PALETTE[:3]] == [True, False, True]
    assert not any(has(contact_sheet(data_set(tmp_path / "b", 1), tile=240), colour) for colour in PALETTE)


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (4, 4, 1), (5, 4, 2), (9, 4, 3)])
def test_tiles_stand_in_rows(tmp_path, count, columns, rows):
    sheet = contact_sheet(data_set(tmp_path, count), columns=4, tile=64)
    one = contact_sheet(data_set(tmp_path / "one", 1), columns=4, tile=64)
    gap, line = 4, 15
    assert sheet.width == gap + columns * (64 + gap)
    assert sheet.height - one.height == (rows - 1) * (64 + line + gap)


def test_the_same_seed_gives_the_same_picture(tmp_path):
    path = data_set(tmp_path, 20)
    first, again, other = (contact_sheet(path, count=4, tile=64, seed=seed).tobytes() for seed in (5, 5, 6))
    assert first == again != other


def test_what_cannot_be_drawn_has_a_tile_that_says_why(tmp_path):
    annotations = [annotation(1, 2, LEFT), annotation(2, 3, rle(slice(0, 0), size_hw=SIZE_HW))]
    path = data_set(tmp_path, 3, annotations)
    (tmp_path / "images" / "1.png").write_bytes(b"no picture")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "images" / "2.png")
    sheet = np.asarray(contact_sheet(path, tile=128)).astype(int)
    gap, side = 4, 128
    for place in range(3):
        left, top = gap + place * (side + gap), sheet.shape[0] - gap - 15 - side
        tile = sheet[top : top + side, left : left + side]
        # Words, nearly white, on black.
        assert (tile.min(axis=-1) > 200).any()
        assert (tile[-1] < 20).all()


def test_long_words_stay_in_their_place(tmp_path):
    categories = [{"id": i, "name": f"a class with a long name {i}"} for i in range(9)]
    entry = image(1, f"{'x' * 99}.png") | {"height": SIZE_HW[0], "width": SIZE_HW[1]}
    annotations = [annotation(i, 1, LEFT, i) for i in range(9)]
    path = write(tmp_path, document([entry], annotations, categories), files=[f"images/{entry['file_name']}"])
    sheet = np.asarray(contact_sheet(path, tile=128))
    assert (sheet[:, -4:] == sheet[0, 0]).all()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"count": 0}, "count of at least 1, but got 0"),
        ({"columns": 0}, "columns of at least 1, but got 0"),
        ({"tile": 63}, "tile of at least 64, but got 63"),
        ({"category": "nerve"}, "among wall, lumen, plaque, but got 'nerve'"),
        ({"split": "train"}, "in the split 'train', but none of its 3 images names a split"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, options, reason):
    with pytest.raises(InputError, match=reason):
        contact_sheet(data_set(tmp_path), **options)


def test_one_split_only(tmp_path):
    images = [image(i, split="train" if i < 3 else "val") | {"height": 40, "width": 60} for i in range(1, 7)]
    path = write(tmp_path, document(images, []), files=[f"images/{i}.png" for i in range(9)])
    one, all_of_it = (contact_sheet(path, split=split, columns=9, tile=64) for split in ("train", None))
    assert (one.width, all_of_it.width) == (4 + 2 * 68, 4 + 6 * 68)


def test_a_real_set_can_be_seen():
    sheet = contact_sheet(shared("corpus/FALLMUD"), count=2, tile=160, category="muscle_fascicle")
    assert sheet.size[0] == 5 + 2 * 165
    # Fascicles are lines of two pixels; they are seen all the same.
    tiles = np.asarray(sheet)[60:].astype(int)
    assert (np.abs(tiles - PALETTE[1]).max(axis=-1) < 40).sum() > 50
