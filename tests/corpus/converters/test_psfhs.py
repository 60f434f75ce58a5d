import SimpleITK

from tests.corpus.converters.made import Converted
from tests.references import shared


def test_real_files():
    """Their numbers are within those of FH-PS-AOP, which has the same layout."""
    with Converted("PSFHS", shared("native/PSFHS")) as found:
        assert {name: found.areas(name) for name in found.samples} == {
            "03744": [("pubic_symphysis", 2746), ("fetal_head", 20122)],
            "03745": [("pubic_symphysis", 2927), ("fetal_head", 19367)],
            "03746": [("pubic_symphysis", 3100), ("fetal_head", 18612)],
            "03747": [("pubic_symphysis", 3198), ("fetal_head", 20863)],
        }
        assert (found.notes.skipped, found.notes.warnings) == ([], [])


def test_real_images_are_the_first_plane_and_the_placeholder_is_no_spacing():
    folder = shared("native/PSFHS")
    with Converted("PSFHS", folder) as found:
        for name in found.samples:
            planes = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "image_mha" / f"{name}.mha")))
            assert (found.picture(name).pixels == planes[0]).all()
            assert found.picture(name).spacing_mm is None
