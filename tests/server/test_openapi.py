from tests.references import ROOT
from ultrasam.server.openapi import document, text


def test_the_document_of_the_page_is_current():
    assert (ROOT / "web" / "openapi.json").read_text() == text(), (
        "run: python -m ultrasam.server.openapi web/openapi.json"
    )


def test_every_route_says_how_it_refuses():
    for address, operations in document()["paths"].items():
        for operation in operations.values():
            assert {"401", "403", "422", "500"} <= set(operation["responses"]), address
            assert operation["summary"]
