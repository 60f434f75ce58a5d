import pytest


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/status", 200),
        ("/api/nothing", 404),
        ("/api/images?limit=x", 422),
        ("/nothing", 404),
        ("/api/images/unknown", 404),
        ("/api/openapi.json", 200),
        ("/api/labels", 500),
    ],
)
def test_every_answer_is_safe(browser, bench, monkeypatch, caplog, address, status):
    if status == 500:
        monkeypatch.setattr(bench.annotations, "labels", lambda: 1 / 0)
    answer = browser.get(address)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'")
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_at_the_door_is_safe(browser):
    answer = browser.get("/api/status", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers


def test_text_is_compressed_and_pictures_are_not(browser, image_id):
    assert browser.get("/api/openapi.json").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in browser.get(f"/api/images/{image_id}/frames/0.png").headers
    place = f"/api/images/{image_id}/frames/0/embedding"
    assert "content-encoding" not in browser.get(place, params={"wait": 30_000}).headers


def test_no_answer_names_a_page_of_documentation(browser):
    for address in ("/docs", "/redoc", "/api/docs", "/openapi.json"):
        assert browser.get(address).status_code == 404
