"""COCO documents for splits."""

from tests.corpus.coco.coco_files import annotation, image


def made(rows, classes=()):
    """A document of images ``{"patient": …, "shows": "ab"}``; each letter of ``shows`` is an object of that class."""
    names = sorted({letter for row in rows for letter in row.get("shows", "")} | set(classes))
    images = [
        image(number, f"images/{number:03}.png", **{key: value for key, value in row.items() if key != "shows"})
        for number, row in enumerate(rows, 1)
    ]
    shown = [(number, letter) for number, row in enumerate(rows, 1) for letter in row.get("shows", "")]
    annotations = [
        annotation(place, number, category_id=names.index(letter) + 1)
        for place, (number, letter) in enumerate(shown, 1)
    ]
    categories = [{"id": place, "name": name} for place, name in enumerate(names, 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def patients(*sizes, shows="a"):
    """Rows of so many images per patient."""
    return [{"patient": f"P{p}", "shows": shows} for p, size in enumerate(sizes) for _ in range(size)]


def parts(document):
    """The split of each image by its file name."""
    return {entry["file_name"]: entry.get("split") for entry in document["images"]}
