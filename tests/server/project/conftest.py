import pytest

from tests.server.project.made import first_image, open_project


@pytest.fixture
def project(tmp_path):
    opened = open_project(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def image_id(project):
    return first_image(project)
