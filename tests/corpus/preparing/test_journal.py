import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.preparing import Options
from ultrasam.corpus.preparing.journal import Journal, _converter_files, code_fingerprint
from ultrasam.corpus.preparing.record import Record
from ultrasam.corpus.splitting import SplitSettings


def record(key, **more):
    return Record(key, f"source/{key}.png", **more)


def test_records_come_back(tmp_path):
    full = record("a", image={"file_name": "a.png"}, objects=({"area": 1},), remarks=(("kind", "detail", 3),), bytes=9)
    journal = Journal(tmp_path)
    journal.add([full, record("b", reason="Damaged.")])
    journal.close()
    assert Journal(tmp_path).records == {"a": full, "b": record("b", reason="Damaged.")}


def test_a_line_that_was_cut_off_is_lost_alone(tmp_path):
    journal = Journal(tmp_path)
    journal.add([record("a"), record("b")])
    journal.close()
    path = tmp_path / ".prepared.jsonl"
    path.write_text(path.read_text()[:-9])
    again = Journal(tmp_path)
    assert set(again.records) == {"a"}
    again.add([record("c")])
    again.close()
    assert set(Journal(tmp_path).records) == {"a", "c"}


@pytest.mark.parametrize("line", ["{}", "[]", "null", '{"key": 1}', "nothing", '{"objects": 3, "remarks": []}'])
def test_a_line_of_something_else_is_no_record(line):
    with pytest.raises(ValueError, match=r".+"):
        Record.of_line(line)


def test_what_is_no_longer_needed_is_forgotten(tmp_path):
    journal = Journal(tmp_path)
    journal.add([record("a"), record("b")])
    journal.keep_only([record("b")])
    assert set(Journal(tmp_path).records) == {"b"}


def test_choices_that_change_objects_change_the_fingerprint():
    card = find_card("BUSI")
    base = code_fingerprint(card, Options())
    assert base == code_fingerprint(card, Options(workers=4, engine="ray", split=SplitSettings(seed=3)))
    assert base != code_fingerprint(card, Options(components=True))
    assert base != code_fingerprint(replace(card, classes=card.classes[1:]), Options())
    assert base != code_fingerprint(find_card("STU-Hospital"), Options())


def test_the_code_of_readers_changes_the_fingerprint(tmp_path, monkeypatch):
    import ultrasam.corpus

    package = tmp_path / "ultrasam"
    room = Path(ultrasam.corpus.__file__).parent
    shutil.copytree(room, package / "corpus", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(room.parent / "imaging", package / "imaging", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("ultrasam.corpus.preparing.journal.resources.files", lambda _: package / "corpus")
    seen = {code_fingerprint(find_card("BUSI"), Options())}
    for name in ("reading/legend.py", "sample.py", "../imaging/raster.py"):
        with (package / "corpus" / name).open("a") as file:
            file.write("# changed\n")
        seen.add(code_fingerprint(find_card("BUSI"), Options()))
    assert len(seen) == 4


def test_converters_that_share_code_count_as_one():
    assert [path.stem for path in _converter_files("ultrasam.corpus.converters.mup")] == ["microseg", "mup"]
    assert [path.stem for path in _converter_files("ultrasam.corpus.converters.busi")] == ["busi"]
