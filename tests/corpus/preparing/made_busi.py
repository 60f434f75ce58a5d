"""A data set in BUSI's layout, made for a test."""

from tests.corpus.converters.made import block, picture, texture


def made_busi(folder):
    """Two benign images, one of them with two lesions in two files, a malignant and a normal one."""
    root = folder / "Dataset_BUSI_with_GT"
    for number, (diagnosis, name) in enumerate(
        [("benign", "benign (1)"), ("benign", "benign (2)"), ("malignant", "malignant (1)"), ("normal", "normal (1)")]
    ):
        picture(root / diagnosis / f"{name}.png", texture(seed=number))
        mask = block(size_hw=(24, 32)) if diagnosis != "normal" else block(value=0)
        picture(root / diagnosis / f"{name}_mask.png", mask)
    picture(root / "benign" / "benign (2)_mask_1.png", block(slice(14, 20), slice(2, 6)))
    return root
