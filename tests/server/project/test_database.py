import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.project.made import (
    change,
    first_image,
    new_id,
    numbered,
    object_document,
    open_project,
    ruler_document,
)
from ultrasam.errors import InputError
from ultrasam.server.project import Project, database
from ultrasam.server.refusals import Busy, Full

try:
    import resource
except ImportError:
    resource = None


def pragma(project, text):
    with project.database.reading() as connection:
        return connection.execute(f"PRAGMA {text}").fetchone()[0]


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits while another program holds the file."""
    monkeypatch.setattr(database, "_PATIENCE_S", 0.05)


def test_a_project_is_kept_as_safely_as_sqlite_can(project):
    assert pragma(project, "journal_mode") == "wal"
    assert pragma(project, "synchronous") == 2
    assert pragma(project, "foreign_keys") == 1


def test_folders_are_made(tmp_path):
    project = Project.open(tmp_path / "some" / "where" / "project.sqlite")
    assert project.images().total == 0
    project.close()


def test_on_a_file_system_without_a_write_ahead_log_work_goes_on(tmp_path, monkeypatch, caplog):
    def without_shared_memory(path):
        uri = f"{path.as_uri()}?vfs=unix-dotfile"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    monkeypatch.setattr(database, "connect", without_shared_memory)
    caplog.set_level(logging.INFO)
    project = open_project(tmp_path)
    assert pragma(project, "journal_mode") == "delete"
    assert "write-ahead" in caplog.text
    image_id = first_image(project)
    project.apply(image_id, change(put=[object_document()]))
    project.close()
    again = open_project(tmp_path)
    assert len(again.items(image_id)) == 1
    again.close()


def test_a_full_disk_leaves_nothing_half_written_and_work_goes_on_once_there_is_room(project, image_id):
    project.apply(image_id, change(put=[object_document()]))
    pages = pragma(project, "page_count")
    pragma(project, f"max_page_count = {pages}")
    long_note = {"kind": "image", "id": "image", "state": "new", "crop": None, "redactions": [], "note": "x" * 20_000}
    refused = change(1, put=[ruler_document(), long_note], remove=[numbered(10)])
    for _ in range(2):
        with pytest.raises(Full, match="room"):
            project.apply(image_id, refused)
        assert project.items(image_id) == [object_document()]
        assert project.image(image_id).revision == 1
        assert len(project.history(image_id)) == 1
    with pytest.raises(Full):
        project.sync_folder([f"{n}.png" for n in range(2_000)])
    assert project.images().total == 1
    pragma(project, "max_page_count = 1000000")
    assert project.apply(image_id, refused) == 2
    assert len(project.items(image_id)) == 2
    assert pragma(project, "integrity_check") == "ok"


@pytest.mark.skipif(resource is None, reason="there are no limits of files' sizes")
def test_a_write_that_the_system_refuses_leaves_nothing_half_written(project, image_id, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = (tmp_path / "project.sqlite-wal").stat().st_size + 2_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(Full, match="quota"):
            project.apply(image_id, change(put=[object_document(), ruler_document()]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert project.items(image_id) == []
    assert project.apply(image_id, change(put=[ruler_document()])) == 1
    assert project.items(image_id) == [ruler_document()]
    assert pragma(project, "integrity_check") == "ok"


def test_an_exception_within_undoes_all(project, image_id):
    def interrupted():
        with project.database.writing() as connection:
            connection.execute("UPDATE image SET revision = 9")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert project.image(image_id).revision == 0
    assert project.apply(image_id, change()) == 1


def test_another_program_that_writes_is_waited_for_then_told(impatient, tmp_path):
    project = open_project(tmp_path)
    image_id = first_image(project)
    with closing(sqlite3.connect(tmp_path / "project.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another program") as told:
            project.apply(image_id, change())
        # It goes to whoever asks over the network, who need not know where the project lies.
        assert str(tmp_path) not in str(told.value)
        assert project.items(image_id) == []
        other.execute("ROLLBACK")
    assert project.apply(image_id, change()) == 1
    project.close()


def test_a_file_that_another_program_holds_cannot_be_opened(impatient, tmp_path):
    open_project(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "project.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="another program holds it"):
            open_project(tmp_path)
    open_project(tmp_path).close()


def big_project(folder):
    project = open_project(folder)
    project.sync_folder([f"folder/{n:05}.png" for n in range(2_000)])
    project.close()
    return folder / "project.sqlite"


def zeroed(content):
    return content[:8192] + bytes(len(content) - 8192)


DAMAGES = {
    "text": lambda content: b"no database at all, but long enough to be one" * 100,
    "cut": lambda content: content[: len(content) // 2],
    "zeroed": zeroed,
    "header": lambda content: bytes(100) + content[100:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_told_with_what_to_do_and_left_as_it_is(tmp_path, damage):
    path = big_project(tmp_path)
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"damaged .*\.recover"):
        Project.open(path)
    assert path.read_bytes() == damaged


def test_damage_that_comes_while_it_is_open_is_told(tmp_path):
    path = big_project(tmp_path)
    project = Project.open(path)
    with project.database.reading() as connection:
        connection.execute("PRAGMA shrink_memory")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(path.stat().st_size - 4096))
    with pytest.raises(InputError, match="damaged"):
        project.images(search="folder")
    project.close()


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "project.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
        other.commit()
    with pytest.raises(InputError, match="another program's database"):
        Project.open(path)
    with closing(sqlite3.connect(path)) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder that nobody can write to")
@pytest.mark.parametrize("place", ["/proc/project.sqlite", "/proc/project/project.sqlite"], ids=["file", "folder"])
def test_where_nothing_can_be_written_another_place_is_proposed(place):
    with pytest.raises(InputError, match="--project"):
        Project.open(place)


def test_a_file_that_can_only_be_read_is_told_when_it_is_opened(tmp_path, monkeypatch):
    def read_only(path):
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)

    open_project(tmp_path).close()
    monkeypatch.setattr(database, "connect", read_only)
    with pytest.raises(InputError, match="--project"):
        open_project(tmp_path)


def test_a_folder_is_no_project_file(tmp_path):
    (tmp_path / "project.sqlite").mkdir()
    with pytest.raises(InputError, match="folder"):
        open_project(tmp_path)


def test_an_unforeseen_error_is_not_dressed_up(project):
    with pytest.raises(sqlite3.OperationalError, match="no such table"), project.database.reading() as connection:
        connection.execute("SELECT * FROM nowhere")


def test_references_are_enforced(project, image_id):
    values = (image_id, new_id(), new_id())
    with pytest.raises(sqlite3.IntegrityError), project.database.writing() as connection:
        connection.execute(
            "INSERT INTO item (image_id, id, kind, label_id, body) VALUES (?, ?, 'object', ?, '{}')", values
        )
