"""Small data sets to merge."""

from tests.corpus.coco.coco_files import annotation, document, image, write


def category(number, name, **more):
    return {"id": number, "name": name, **more}


def made_set(folder, name, *, images=None, categories=None, annotations=None, facts=None, info=None, licenses=None):
    """A data set of four images ``images/1.png`` and so on, each file with bytes of its own."""
    rows = images or [image(n, f"images/{n}.png", split=s) for n, s in enumerate(("train", "train", "val", "test"), 1)]
    content = document(rows, annotations or [annotation(n, entry["id"]) for n, entry in enumerate(rows, 1)], categories)
    extra = {key: value for key, value in (("info", info), ("licenses", licenses)) if value is not None}
    files = [entry["file_name"] for entry in rows]
    write(
        folder / name, {**extra, **content}, files=files, facts={"name": name, "licence": "CC BY 4.0", **(facts or {})}
    )
    for file in files:
        (folder / name / file).write_text(f"{name} {file}")
    return folder / name


def files_of(folder):
    """All files of a folder with their bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
