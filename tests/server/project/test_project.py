"""What many threads do at once, and what a killed process leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.references import ROOT
from tests.server.project.made import change, first_image, numbered, object_document, open_project, ruler_document
from ultrasam.server.project import Leases
from ultrasam.server.refusals import Conflict

THREADS = 8
#: Applies changes until it is killed, and says of each, once it is acknowledged, what it was.
WRITER = """
import sys
from pathlib import Path
from tests.server.project.made import change, first_image, new_id, object_document, open_project, ruler_document

project = open_project(Path(sys.argv[1]))
image_id = first_image(project)
revision = project.image(image_id).revision
print("ready", flush=True)
while True:
    made = change(revision, put=[object_document(100 + revision % 7, position=float(revision)), ruler_document()])
    revision = project.apply(image_id, made)
    print(revision, made.id, flush=True)
"""


def at_once(work):
    """Run ``work(number)`` in eight threads that begin together; gives what each returned."""
    barrier = threading.Barrier(THREADS)

    def begin(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_threads_on_images_of_their_own_are_not_in_each_others_way(project):
    ids = [first_image(project, f"{n}.png") for n in range(THREADS)]

    def work(number):
        for revision in range(20):
            put = [object_document(100 + revision, frame=number)]
            assert project.apply(ids[number], change(revision, put=put)) == revision + 1

    at_once(work)
    for number, image_id in enumerate(ids):
        annotation = project.annotation(image_id)
        assert (annotation.image.revision, annotation.image.objects) == (20, 20)
        assert {item["frame"] for item in annotation.items} == {number}


def test_of_threads_on_one_image_exactly_one_wins_each_revision(project, image_id):
    def work(number):
        won = []
        for base in range(15):
            try:
                won.append(project.apply(image_id, change(base, put=[ruler_document(frame=number)])))
            except Conflict as refusal:
                # Somebody else made this revision, and the refusal knows at least that one.
                lost.append(refusal.revision > base)
        return won

    lost = []
    winners = sorted(revision for won in at_once(work) for revision in won)
    assert len(lost) == 15 * (THREADS - 1)
    assert all(lost)
    latest = project.image(image_id).revision
    assert winners == list(range(1, latest + 1))
    assert latest == 15
    assert [entry.revision for entry in project.history(image_id)] == list(range(latest, 0, -1))


def test_one_change_sent_by_many_threads_is_made_once(project, image_id):
    same = change(put=[object_document()])
    assert at_once(lambda _: project.apply(image_id, same)) == [1] * THREADS
    assert len(project.history(image_id)) == 1


def test_what_is_read_together_is_of_one_revision(project, image_id):
    def work(number):
        if number == 0:
            for revision in range(40):
                project.apply(image_id, change(revision, put=[object_document(position=float(revision + 1))]))
            return True
        found = [project.annotation(image_id) for _ in range(40)]
        return all(each.image.revision == (each.items[0]["position"] if each.items else 0) for each in found)

    assert all(at_once(work))


def test_one_of_many_gets_the_lease():
    leases = Leases()
    assert at_once(lambda number: leases.lease(numbered(5), numbered(number))).count(True) == 1


def killed_after(folder, acknowledged):
    """Lines that a writer printed before it was killed, at the earliest after ``acknowledged`` changes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        lines = []
        try:
            assert process.stdout.readline() == "ready\n"
            lines += [process.stdout.readline() for _ in range(acknowledged)]
        finally:
            # It is somewhere in the next change by now.
            process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.split() for line in lines if line.endswith("\n")]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    acknowledged = []
    for count in (0, 1, 5, 17):
        acknowledged += killed_after(tmp_path, count)
        project = open_project(tmp_path)
        image_id = first_image(project)
        annotation = project.annotation(image_id)
        history = project.history(image_id, limit=10_000)
        latest = annotation.image.revision
        assert latest >= max((int(revision) for revision, _ in acknowledged), default=0)
        assert [entry.revision for entry in history] == list(range(latest, 0, -1))
        with project.database.reading() as connection:
            rows = connection.execute("SELECT revision, change_id FROM history").fetchall()
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert {(int(revision), made) for revision, made in acknowledged} <= {tuple(row) for row in rows}
        # The items are those of the last change, whole.
        if history:
            items = {item["id"]: item for item in annotation.items}
            assert [items[item["id"]] for item in history[0].after] == history[0].after
        project.close()
    assert acknowledged
    with closing(sqlite3.connect(tmp_path / "project.sqlite")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
