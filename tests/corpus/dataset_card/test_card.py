import re

import pytest
import yaml
from huggingface_hub import DatasetCard

from tests.corpus.coco.coco_files import annotation, image
from tests.corpus.made_cards import made_card
from tests.corpus.merging.made_sets import category, made_set
from ultrasam.corpus.cards.card import Flaw
from ultrasam.corpus.dataset_card import dataset_card, write_dataset_card
from ultrasam.corpus.dataset_card.counts import FIELDS
from ultrasam.corpus.dataset_card.front_matter import _size
from ultrasam.corpus.merging import merge
from ultrasam.corpus.splitting import write_splits
from ultrasam.errors import InputError

FLAWS = (Flaw("Masks are shifted.", "They are moved back.", True), Flaw("No ages.", "Nothing can be done.", False))


@pytest.fixture
def cards(monkeypatch):
    known = {}
    monkeypatch.setattr("ultrasam.corpus.cards.catalogue.catalogue", lambda: known)
    return known


def front_and_body(text):
    empty, front, body = text.split("---\n", 2)
    assert empty == ""
    return yaml.safe_load(front), body


def sections(body):
    """Heading to text."""
    return dict(re.findall(r"^## (.+?)\n\n(.*?)(?=\n\n## |\Z)", body, re.M | re.S))


def rows(text):
    """Cells of the tables in a text."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def liver_set(folder, **more):
    images = [image(n, f"images/{n}.png", split="test" if n > 3 else "train", patient=n // 2) for n in range(1, 6)]
    annotations = [annotation(n, n, category_id=1 + n % 2) for n in range(1, 5)]
    categories = [category(1, "liver", structure="liver"), category(2, "mass")]
    info = {"generator": "ultrasam 1.2", "options": {"min_area": 0, "components": False}}
    return made_set(folder, "LIVERS", **{
        "images": images, "annotations": annotations, "categories": categories, "info": info, **more,
    })  # fmt: skip


def test_the_front_matter_is_the_hubs(tmp_path, cards):
    text = dataset_card(liver_set(tmp_path, facts={"title": "Livers: 100% & more", "licence": "CC BY-NC-SA 4.0"}))
    front, _ = front_and_body(text)
    assert front == {
        "pretty_name": "Livers: 100% & more",
        "license": "cc-by-nc-sa-4.0",
        "task_categories": ["image-segmentation"],
        "tags": ["ultrasound", "medical", "segmentation", "coco", "liver"],
        "size_categories": ["n<1K"],
    }
    assert DatasetCard(text).data.to_dict() == front


@pytest.mark.parametrize(
    ("licence", "identifier", "name"),
    [
        ("CC BY 4.0", "cc-by-4.0", None),
        ("CC0 1.0", "cc0-1.0", None),
        ("Apache 2.0", "apache-2.0", None),
        ("own permissive text, citation required", "other", "own permissive text, citation required"),
        ("data use agreement, non-commercial", "other", "non-commercial"),
        ("not stated", "unknown", None),
        ("", "unknown", None),
    ],
)
def test_the_hub_s_licence(tmp_path, cards, licence, identifier, name):
    front, _ = front_and_body(dataset_card(liver_set(tmp_path, facts={"licence": licence})))
    assert (front["license"], front.get("license_name")) == (identifier, name)


@pytest.mark.parametrize(
    ("images", "words"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (280_000, "100K<n<1M")],
)
def test_the_hub_s_sizes(images, words):
    assert _size(images) == words


def test_the_numbers_are_counted(tmp_path, cards):
    _, body = front_and_body(dataset_card(liver_set(tmp_path)))
    parts = sections(body)
    assert "5 ultrasound images with 4 outlined objects of 2 classes. Images that show none of them: 1." in body
    assert rows(parts["Classes"])[0] == ["class", "structure", "organ", "train", "test", "all"]
    assert rows(parts["Classes"])[2:] == [["liver", "liver", "liver", "1", "1", "2"], ["mass", "", "", "2", "0", "2"]]
    assert rows(parts["Splits"])[2:] == [["train", "3", "3", "2"], ["test", "2", "1", "1"]]
    assert rows(parts["How it was made"])[2:] == [["patient", "who it is of", "5"]]
    assert "- Written by ultrasam 1.2\n- min_area: 0\n- components: false" in parts["How it was made"]


def test_the_catalogue_adds_what_it_knows(tmp_path, cards):
    cards["LIVERS"] = made_card(
        "LIVERS",
        flaws=FLAWS,
        links=("http://x.org",),
        unknown=("patients",),
        secondary=("doi",),
        is_layout_confirmed=False,
    )
    _, body = front_and_body(dataset_card(liver_set(tmp_path)))
    parts = sections(body)
    assert body.startswith("\n# Title of LIVERS\n")
    assert "**LIVERS**: Authors of LIVERS <http://x.org>" in parts["Sources: licence and citation of each"]
    assert rows(parts["Classes"])[-1] == ["mass", "liver_lesion", "liver", "2", "0", "2"]
    flaws = parts["Known flaws, and what was done about them"]
    assert "- Mended: Masks are shifted. They are moved back." in flaws
    assert "- **Not mended**: No ages. Nothing can be done." in flaws
    assert "No source gives: patients." in flaws
    assert "not confirmed by the publisher: doi." in flaws
    assert "known only by description" in flaws


def test_nothing_is_called_mended_that_another_program_converted(tmp_path, cards):
    cards["LIVERS"] = made_card("LIVERS", flaws=FLAWS)
    _, body = front_and_body(dataset_card(liver_set(tmp_path, info={"generator": "theirs"})))
    flaws = sections(body)["Known flaws, and what was done about them"]
    assert "Masks are shifted." in flaws
    assert "Mended" not in flaws
    assert "not known: another program converted it" in flaws


def test_a_merged_corpus_names_every_source(tmp_path, cards):
    cards["LIVERS"] = made_card("LIVERS", flaws=FLAWS, access="on request")
    sets = [liver_set(tmp_path), made_set(tmp_path, "OTHERS", facts={"licence": "unknown", "split": "by hand"})]
    merge(sets, tmp_path / "out", classes="category")
    text = dataset_card(tmp_path / "out")
    _, body = front_and_body(text)
    parts = sections(body)
    assert "> **Not to be given to others**, as these do not allow it: LIVERS." in body
    assert "> Whether it may be given to others is not stated by: OTHERS." in body
    assert rows(parts["Sources: licence and citation of each"])[2:] == [
        ["LIVERS", "Title of LIVERS", "5", "4", "CC BY 4.0", "forbidden"],
        ["OTHERS", "OTHERS", "4", "4", "unknown", "unclear"],
    ]
    assert "- **LIVERS**: Authors of LIVERS\n- **OTHERS**: citation not known" in text
    assert "- LIVERS: not recorded\n- OTHERS: by hand" in parts["Splits"]
    flaws = parts["Known flaws, and what was done about them"]
    assert "### LIVERS\n\n- Mended: Masks are shifted." in flaws
    assert "### OTHERS\n\nNot known: the data set is not in the catalogue." in flaws
    assert "from 2 data sets" in body


def test_a_split_of_ours_is_told(tmp_path, cards):
    folder = liver_set(tmp_path)
    report = write_splits(folder)
    assert report.text in sections(front_and_body(dataset_card(folder))[1])["Splits"]


def test_names_cannot_break_the_card(tmp_path, cards):
    hostile = "a|b *c* <img> [d](e)\n---\n# f"
    text = dataset_card(liver_set(tmp_path, facts={"title": hostile, "citation": hostile, "split": hostile}))
    front, body = front_and_body(text)
    assert front["pretty_name"] == " ".join(hostile.split())
    assert re.findall(r"^# .*", body, re.M) == ["# a\\|b \\*c\\* \\<img> \\[d\\](e) --- # f"]
    assert {len(row) for row in rows(sections(body)["Sources: licence and citation of each"])} == {6}


def test_its_examples_run(tmp_path, cards, monkeypatch, capsys):
    folder = liver_set(tmp_path)
    monkeypatch.chdir(folder)
    examples = re.findall(r"```python\n(.*?)```", dataset_card(folder), re.S)
    assert len(examples) == 2
    for example in examples:
        found = {}
        exec(example, found)
        assert found["masks"] or found["image"].image_id == 5


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_known_of_an_image_reads_the_same_in_markdown(tmp_path, cards, field):
    card = dataset_card(liver_set(tmp_path, images=[image(1, "images/1.png", **{field: 1})]))
    assert rows(sections(front_and_body(card)[1])["How it was made"])[2:] == [[field, FIELDS[field], "1"]]


def test_it_is_written_whole(tmp_path, cards):
    folder = liver_set(tmp_path)
    write_dataset_card(folder, folder / "README.md")
    assert (folder / "README.md").read_text(encoding="utf-8") == dataset_card(folder)
    made_set(tmp_path, "MORE")
    with pytest.raises(InputError, match="found 2: give the folder of one"):
        dataset_card(tmp_path)
