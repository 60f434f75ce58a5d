from ultrasam.corpus.notes import SkippedFile
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.preparing.report import RemarkCount, count_remarks, grouped_by_reason


def test_reasons_that_differ_in_a_file_are_one():
    skipped = [
        *(SkippedFile(f"image/{n}.png", f"image/{n}.png cannot be read: It is cut off.") for n in range(5)),
        SkippedFile("image/7.png", "mask/7 (a).png cannot be read: It is cut off."),
        SkippedFile("image/8.png", "Expected a mask for this image, but there is none."),
    ]
    assert grouped_by_reason(skipped) == [
        "6 x … cannot be read: It is cut off. (image/0.png, image/1.png, image/2.png, …)",
        "1 x Expected a mask for this image, but there is none. (image/8.png)",
    ]


def test_remarks_are_counted_by_image_and_pixel():
    records = [
        Record("a", "a.png", remarks=(("odd", "value 7", 2), ("odd", "value 7", 3), ("small", "b", 1))),
        Record("b", "b.png", remarks=(("odd", "value 7", 4), ("odd", "value 9", 1))),
    ]
    assert count_remarks(records) == (
        RemarkCount("odd", "value 7", 2, 9, "a.png"),
        RemarkCount("odd", "value 9", 1, 1, "b.png"),
        RemarkCount("small", "b", 1, 1, "a.png"),
    )
