"""Requests that are made of the OpenAPI document: no mistake of the server, and answers as it says they are."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.serving import ADDRESS, change, client_of, no_decoder, outlined, workbench
from ultrasam.server import create_app
from ultrasam.server.openapi import document

OPERATIONS = sorted((method, address) for address, operations in document()["paths"].items() for method in operations)
#: Where nothing can be asked that the document does not allow.
WITHOUT_CHOICE = {
    ("get", "/api/decoder.onnx"),
    ("get", "/api/labels"),
    ("get", "/api/status"),
    ("post", "/api/images/rescan"),
    ("post", "/api/sessions"),
}
HOST = {"Host": ADDRESS.removeprefix("http://")}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The application of a workbench with something in it, and an image of that."""
    with pytest.MonkeyPatch.context() as patch:
        no_decoder(patch)
        with workbench(tmp_path_factory.mktemp("fuzz")) as bench:
            browser = client_of(bench)
            own = browser.get("/api/images").json()["images"][0]["id"]
            browser.post(f"/api/images/{own}/changes", json=change(outlined()))
            yield create_app(bench), own


@pytest.mark.parametrize("mode", list(GenerationMode), ids=[mode.value for mode in GenerationMode])
@pytest.mark.parametrize(("method", "address"), OPERATIONS, ids=[f"{m} {a}" for m, a in OPERATIONS])
def test_an_operation(served, method, address, mode):
    application, own = served
    # Read anew each time: what one operation is asked alters what others find in the document.
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", application, headers=HOST)
    cases = schema[address][method.upper()].as_strategy(generation_mode=mode)
    asked = []

    @hypothesis.given(case=cases, is_own=st.booleans())
    @hypothesis.settings(
        max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def holds(case, is_own):
        if is_own and "image_id" in (case.path_parameters or {}):
            case.path_parameters["image_id"] = own
            if "index" in case.path_parameters:
                case.path_parameters["index"] = 0
        asked.append(case.call_and_validate(headers=HOST, checks=CHECKS))

    try:
        holds()
    except hypothesis.errors.Unsatisfiable:
        assert (method, address) in WITHOUT_CHOICE, "nothing was asked"
    else:
        assert asked
