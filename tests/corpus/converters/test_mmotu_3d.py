"""MMOTU, contrast-enhanced images; what both parts share is tested with the first."""

from tests.corpus.converters.made import Converted
from tests.corpus.converters.test_mmotu_2d import COLOURS, coloured, write_lists, write_part


def test_images_are_single_images_with_the_official_split_and_type(tmp_path):
    write_part(tmp_path / "OTU_3d", [coloured(COLOURS["teratoma"]), coloured(COLOURS["simple_cyst"])])
    write_lists(tmp_path / "OTU_3d", train="1\n", train_cls="1.JPG  2\n", val="2\n", val_cls="2.JPG  4\n")
    with Converted("MMOTU_3d", tmp_path) as found:
        assert {name: (sample.split, sample.labels, sample.sequence) for name, sample in found.samples.items()} == {
            "1": ("train", (("diagnosis", "teratoma"),), None),
            "2": ("test", (("diagnosis", "simple_cyst"),), None),
        }


def test_each_known_colour_and_white_is_a_lesion_and_others_are_reported(tmp_path):
    masks = [
        coloured(*list(COLOURS.values())[:4]),
        coloured(*list(COLOURS.values())[4:]),
        coloured((255,) * 3, (128, 0, 0)),
    ]
    write_part(tmp_path / "OTU_3d", masks)
    with Converted("MMOTU_3d", tmp_path) as found:
        assert [found.areas(name) for name in found.samples] == [[("lesion", 64)], [("lesion", 64)], [("lesion", 16)]]
        assert [remark.detail for remark in found.annotations("3")[1]] == ["colour (128, 0, 0)"]
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_the_other_part_is_known_and_not_used(tmp_path):
    write_part(tmp_path / "OTU_2d", [coloured(COLOURS["teratoma"])])
    with Converted("MMOTU_3d", tmp_path) as found:
        assert not found.samples
        assert len(found.notes.unused) == 2
