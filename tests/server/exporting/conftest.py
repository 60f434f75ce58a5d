import pytest

from tests.cli.conftest import command
from tests.server.exporting.made_project import MadeProject

__all__ = ["command", "made"]


@pytest.fixture
def made(tmp_path):
    """An empty project with a folder for images."""
    project = MadeProject(tmp_path)
    yield project
    project.close()
