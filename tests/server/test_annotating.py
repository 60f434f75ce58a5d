from contextlib import closing
from uuid import uuid4

from ultrasam.server.annotating import Annotating
from ultrasam.server.project import Leases, Project
from ultrasam.server.schemas.items import Label
from ultrasam.server.schemas.labels import LabelsRequest


def label(name):
    return Label(id=str(uuid4()), name=name, colour="#ff0000")


def test_labels_are_answered_as_they_were_put_though_others_alter_them_in_the_next_moment(tmp_path, monkeypatch):
    """Who takes an edit back does so upon the revision that he was told."""
    with closing(Project.open(tmp_path / "project.sqlite")) as project:
        put = project.put_labels

        def overtaken(base_revision, wanted):
            found = put(base_revision, wanted)
            put(found.revision, [label("theirs")])
            return found

        monkeypatch.setattr(project, "put_labels", overtaken)
        annotating = Annotating(project, images=None, leases=Leases())
        answer = annotating.put_labels(LabelsRequest(base_revision=0, labels=[label("ours")]))
        assert (answer.revision, [one.name for one in answer.labels]) == (1, ["ours"])
        assert [one.name for one in annotating.labels().labels] == ["theirs"]
