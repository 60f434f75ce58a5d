import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.project.made import change, first_image, object_document, open_project
from ultrasam.errors import InputError
from ultrasam.server.project import migrations

VERSION_1 = Path(__file__).with_name("version_1.sql")


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def from_dump(path, text):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(text)


def add_priority(connection):
    """A change of the tables as a later version may need it: a table made anew, with a value for every row."""
    connection.execute("CREATE TABLE label_2 (id TEXT PRIMARY KEY, name TEXT, colour TEXT, position INTEGER, key TEXT)")
    connection.execute("INSERT INTO label_2 SELECT id, name, colour, position, substr(name, 1, 1) FROM label")
    connection.execute("DROP TABLE label")
    connection.execute("ALTER TABLE label_2 RENAME TO label")


def break_half_way(connection):
    add_priority(connection)
    connection.execute("DELETE FROM item")
    raise RuntimeError("power cut")


def leave_a_loose_end(connection):
    connection.execute("DELETE FROM label")


@pytest.fixture
def old(tmp_path):
    """A file of version 1 with work in it."""
    from_dump(tmp_path / "project.sqlite", VERSION_1.read_text(encoding="utf-8"))
    return tmp_path


def later(monkeypatch, step):
    monkeypatch.setattr(migrations, "MIGRATIONS", (migrations.MIGRATIONS[0], step))


def test_version_1_is_what_it_was(tmp_path):
    from_dump(tmp_path / "kept.sqlite", VERSION_1.read_text(encoding="utf-8"))
    with closing(sqlite3.connect(tmp_path / "made.sqlite", isolation_level=None)) as made:
        migrations.MIGRATIONS[0](made)
        tables = made.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as kept:
        assert kept.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall() == tables


def test_work_of_version_1_is_there_and_goes_on(old):
    project = open_project(old)
    (row,) = project.images().rows
    assert (row.name, row.state, row.objects, row.revision) == ("sub/scan 1.png", "in work", 1, 2)
    assert project.items(row.id)[0]["labelId"] == project.labels().labels[0].id
    assert [entry.revision for entry in project.history(row.id)] == [2, 1]
    assert project.apply(row.id, change(2, put=[object_document()])) == 3
    project.close()


def test_an_older_file_becomes_the_latest_and_a_copy_is_kept(old, monkeypatch):
    before = dump(old / "project.sqlite")
    later(monkeypatch, add_priority)
    project = open_project(old)
    (row,) = project.images().rows
    assert project.apply(row.id, change(2, put=[object_document()])) == 3
    with project.database.reading() as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 2
        assert connection.execute("SELECT name, key FROM label").fetchone()[:] == ("nerve", "n")
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    project.close()
    assert dump(old / "project-version-1.sqlite") == before
    assert sorted(path.name for path in old.iterdir()) == ["project-version-1.sqlite", "project.sqlite"]
    open_project(old).close()


@pytest.mark.parametrize(
    ("step", "error"), [(break_half_way, RuntimeError), (leave_a_loose_end, sqlite3.IntegrityError)]
)
def test_a_migration_that_fails_changes_nothing(old, monkeypatch, step, error):
    before = dump(old / "project.sqlite")
    with monkeypatch.context() as patch:
        later(patch, step)
        with pytest.raises(error):
            open_project(old)
    assert dump(old / "project.sqlite") == before
    assert dump(old / "project-version-1.sqlite") == before
    project = open_project(old)
    assert project.images().total == 1
    project.close()


def test_a_copy_restored_in_the_place_of_the_new_file_can_be_used(old, monkeypatch):
    later(monkeypatch, add_priority)
    open_project(old).close()
    (old / "project-version-1.sqlite").replace(old / "project.sqlite")
    project = open_project(old)
    assert project.images().total == 1
    project.close()


def test_a_newer_file_is_told_and_left_as_it_is(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        later(patch, add_priority)
        project = open_project(tmp_path)
        first_image(project)
        project.close()
    before = dump(tmp_path / "project.sqlite")
    with pytest.raises(InputError, match=r"version 1 or older, but .* is of version 2: update"):
        open_project(tmp_path)
    assert dump(tmp_path / "project.sqlite") == before
