import jinja2
import pytest

from ultrasam.evaluation.report.page import page_environment, rendered


def test_a_room_has_templates_of_its_own_and_shares_the_others(tmp_path, monkeypatch):
    package = tmp_path / "room_of_a_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "own.html.j2").write_text(
        '{% extends "page.html.j2" %}{% block title %}{{ words }} {{ 1234|count }}{% endblock %}'
    )
    monkeypatch.syspath_prepend(tmp_path)
    text = rendered(page_environment("room_of_a_test"), "own.html.j2", words="a < b")
    assert text.startswith("<!doctype html>")
    assert "<title>a &lt; b 1,234</title>" in text
    assert text.endswith("</html>\n")


def test_what_is_missing_is_told():
    environment = page_environment()
    with pytest.raises(jinja2.TemplateNotFound):
        environment.get_template("none.html.j2")
    with pytest.raises(jinja2.UndefinedError):
        rendered(environment, "summary.html.j2")
