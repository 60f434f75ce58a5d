"""CSV and TSV files with a row per image, or per object."""

import numpy as np
import pytest

from tests.downstream.data.made import picture, save, square
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.errors import InputError

#: Enough to have three parts with each of two classes.
COUNT = 20


def table(folder, header, rows, name="labels.csv", images="images"):
    for row in rows:
        picture(folder / images / row[0])
    separator = "\t" if name.endswith(".tsv") else ","
    (folder / name).write_text("\n".join(separator.join(map(str, row)) for row in [header, *rows]) + "\n")
    return folder


def rows(*cells):
    return [(f"{i}.png", *(cell(i) for cell in cells)) for i in range(COUNT)]


def test_labels_patients_and_parts(tmp_path):
    parts = ["train"] * 12 + ["Validation"] * 4 + ["TEST"] * 4
    content = rows(lambda i: "ab"[i % 2], lambda i: f"p{i // 2}", lambda i: parts[i])
    found = read_examples(table(tmp_path / "d", ["image", "label", "patient", "split"], content), "classification")
    assert found.classes == ("a", "b")
    assert not found.several
    for i, example in enumerate(found.examples):
        assert (example.name, example.labels, example.patient) == (f"{i}.png", (i % 2,), f"p{i // 2}")
        assert example.split == {"train": "train", "Validation": "val", "TEST": "test"}[parts[i]]
        assert example.size_hw == (24, 32)
    assert found.left_out == ()


def test_the_table_itself_as_tab_separated_file(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: str(i % 2)), name="x.tsv")
    found = read_examples(folder / "x.tsv", "classification")
    assert found.name == "x"
    assert found.classes == ("0", "1")


def test_classes_of_numbers_come_by_value(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: [2, 10][i % 2]))
    assert read_examples(folder, "classification").classes == ("2", "10")


def test_columns_of_0_and_1_are_several_classes(tmp_path):
    folder = table(tmp_path / "d", ["image", "cyst", "nodule"], rows(lambda i: i % 2, lambda i: int(i % 3 > 0)))
    found = read_examples(folder, "classification", options=ReadingOptions(label_column="cyst,nodule"))
    assert found.several
    assert found.classes == ("cyst", "nodule")
    labels = {example.name: example.labels for example in found.examples}
    assert (labels["0.png"], labels["1.png"], labels["2.png"]) == ((), (0, 1), (1,))


def test_lists_of_labels(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: ["a", "b;a", ""][i % 3]))
    found = read_examples(folder, "classification", options=ReadingOptions(several=True))
    labels = {example.name: example.labels for example in found.examples}
    assert (labels["0.png"], labels["1.png"], labels["2.png"]) == ((0,), (0, 1), ())


def test_targets(tmp_path):
    folder = table(tmp_path / "d", ["image", "age", "size"], rows(lambda i: i, lambda i: i / 4))
    found = read_examples(folder, "regression", options=ReadingOptions(targets=("size", "age")))
    assert found.classes == ("size", "age")
    assert {e.name: e.values for e in found.examples}["3.png"] == (0.75, 3.0)
    assert all(e.labels is None for e in found.examples)
    # Small, middling and large values are in each part.
    for part in ("train", "val", "test"):
        values = [e.values[1] for e in found.part(part)]
        assert min(values) < COUNT / 2 < max(values)


def test_masks_of_one_class_or_of_the_class_that_the_row_names(tmp_path):
    folder = tmp_path / "d"
    for i in range(COUNT):
        save(folder / f"masks/{i}.png", square(255, (i % 5, 3)))
    content = rows(lambda i: f"{i}.png", lambda i: "ab"[i % 2])
    found = read_examples(table(folder, ["image", "mask", "label"], content), "instance")
    assert found.classes == ("a", "b")
    for i, example in enumerate(found.examples):
        (instance,) = example.instances
        assert instance.category == "ab"[i % 2]
        np.testing.assert_array_equal(instance.mask(), square(255, (i % 5, 3)) > 0)
    plain = table(folder, ["image", "mask"], [row[:2] for row in content])
    assert read_examples(plain, "semantic").classes == ("object",)
    both = read_examples(table(folder, ["image", "mask", "label"], content), "classification")
    assert [e.instances[0].category for e in both.examples[:2]] == ["a", "b"]


def test_rows_about_one_image_are_put_together(tmp_path):
    folder = tmp_path / "d"
    for i in range(COUNT):
        save(folder / f"m/{i}_a.png", square(1, (0, 0)))
        save(folder / f"m/{i}_b.png", square(1, (12, 12)))
    content = [(f"{i}.png", f"m/{i}_{c}.png", c) for i in range(COUNT) for c in "ab"]
    found = read_examples(table(folder, ["image", "mask", "label"], content), "instance")
    assert len(found.examples) == COUNT
    assert [i.category for i in found.examples[0].instances] == ["a", "b"]


def test_labels_without_images_stop_before_training_and_are_told(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: "ab"[i % 2]))
    (folder / "images/3.png").unlink()
    picture(folder / "images/nobody.png")
    with pytest.raises(InputError, match=r"1 cannot:\n  row 5 \(3.png\): Its file is missing"):
        read_examples(folder, "classification")
    found = read_examples(folder, "classification", options=ReadingOptions(leave_out_unusable=True))
    assert len(found.examples) == COUNT - 1
    assert [entry.what for entry in found.left_out] == ["row 5 (3.png)", "1 images"]
    assert "nobody.png" in found.left_out[1].reason


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("classification", {"label_column": "diagnosis"}, "diagnosis is missing; there are image, label, age"),
        ("classification", {"patient_column": "who"}, "who is missing"),
        ("classification", {"image_column": "file"}, "file is missing"),
        ("regression", {"targets": ("weight",)}, "weight is missing"),
        ("regression", {}, "--target"),
        ("semantic", {}, "mask is missing"),
        ("regression", {"targets": ("age",)}, r"row 2 \(0.png\): Expected a finite number as age, but got 'old'"),
        ("classification", {"classes": ("a", "c")}, "which are a, b, but got c"),
    ],
)
def test_columns_and_cells_that_cannot_be_used(tmp_path, kind, options, said):
    folder = table(tmp_path / "d", ["image", "label", "age"], rows(lambda i: "ab"[i % 2], lambda i: i or "old"))
    with pytest.raises(InputError, match=said):
        read_examples(folder, kind, options=ReadingOptions(**options))


def test_an_image_with_two_labels_has_several_or_none(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], [*rows(lambda i: "ab"[i % 2]), ("0.png", "b")])
    with pytest.raises(InputError, match=r"1 of labels have several \(0.png: a, b\)"):
        read_examples(folder, "classification")


def test_one_patient_per_image(tmp_path):
    content = [*rows(lambda i: "ab"[i % 2], lambda i: i), ("0.png", "a", "another")]
    folder = table(tmp_path / "d", ["image", "label", "patient"], content)
    with pytest.raises(InputError, match="Expected one patient for each image"):
        read_examples(folder, "classification")


def test_images_without_labels_are_left_out_and_told(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: "ab"[i % 2] if i else ""))
    found = read_examples(folder, "classification")
    assert len(found.examples) == COUNT - 1
    assert [(entry.what, entry.reason) for entry in found.left_out] == [("0.png", "It has no label.")]


def test_a_patient_is_the_same_as_number_and_as_float(tmp_path):
    content = rows(lambda i: "ab"[i % 2], lambda i: f"{i // 4}.0" if i % 2 else i // 4)
    found = read_examples(table(tmp_path / "d", ["image", "label", "patient"], content), "classification")
    assert {e.patient for e in found.examples} == {"0", "1", "2", "3", "4"}
    parts = {(e.patient, e.split) for e in found.examples}
    assert len(parts) == 5


def test_headings_may_have_capitals(tmp_path):
    content = rows(lambda i: "ab"[i % 2], lambda i: i // 2, lambda i: ["train", "val", "test"][(i // 2) % 3])
    found = read_examples(table(tmp_path / "d", ["Image", "Label", "PATIENT", "Split"], content), "classification")
    assert {e.patient for e in found.examples} == {str(i) for i in range(10)}
    assert "official train and val and test" in found.split_report


def test_empty_rows_of_a_spreadsheet_are_none(tmp_path):
    folder = table(tmp_path / "d", ["image", "label"], rows(lambda i: "ab"[i % 2]))
    with (folder / "labels.csv").open("a") as file:
        file.write(",\r\n,\r\n")
    assert len(read_examples(folder, "classification").examples) == COUNT
    (folder / "labels.csv").write_text("image,label\n,\n")
    with pytest.raises(InputError, match="Expected rows about images"):
        read_examples(folder, "classification")


def test_a_column_that_could_hold_patients_is_pointed_out(tmp_path):
    content = rows(lambda i: "ab"[i % 2], lambda i: i // 2)
    folder = table(tmp_path / "d", ["image", "label", "patient_id"], content)
    (note,) = read_examples(folder, "classification").left_out
    assert (note.what, "--patient patient_id" in note.reason) == ("column patient_id", True)
    options = ReadingOptions(patient_column="patient_id")
    assert read_examples(folder, "classification", options=options).left_out == ()
    options = ReadingOptions(patient_pattern="([0-9]+)")
    assert read_examples(folder, "classification", options=options).left_out == ()


def test_what_is_no_data_set_at_all(tmp_path):
    for name in ("scan.png", "table.xlsx"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(InputError, match=r"Expected a folder, a COCO file \(.json\) or a table"):
            read_examples(tmp_path / name, "classification")


def test_values_are_shared_out_over_their_whole_range(tmp_path):
    """Of 20 images, each part must get some of the quarter with the largest values."""
    folder = table(tmp_path / "d", ["image", "ef"], rows(lambda i: i))
    for seed in range(5):
        found = read_examples(folder, "regression", options=ReadingOptions(targets=("ef",), seed=seed))
        for part in ("train", "val", "test"):
            assert {int(e.values[0] // 5) for e in found.part(part)} >= ({0, 1, 2, 3} if part != "val" else {0, 3})


def test_copies_with_other_values_are_told(tmp_path):
    folder = table(tmp_path / "d", ["image", "ef"], rows(lambda i: i))
    (folder / "images/1.png").write_bytes((folder / "images/0.png").read_bytes())
    (note,) = read_examples(folder, "regression", options=ReadingOptions(targets=("ef",))).left_out
    assert note.reason == "It is the same file as 0.png, but their labels differ."


def test_facts_about_an_image_must_agree(tmp_path):
    for i in range(8):
        picture(tmp_path / f"images/{i}.png")
        save(tmp_path / f"masks/{i}.png", square())
    text = "image,patient\n" + "".join(f"{i}.png,p{i // 2}\n" for i in range(8))
    (tmp_path / "list.csv").write_text(text)
    assert len({e.patient for e in read_examples(tmp_path, "semantic").examples}) == 4
    (tmp_path / "list.csv").write_text(text + "0.png,p3\n")
    with pytest.raises(InputError, match=r"one patient and one part for each image in list.csv, but 0 has two"):
        read_examples(tmp_path, "semantic")
