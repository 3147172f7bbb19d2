"""Browsers of other sites: an exact list of origins, kept by every answer there is."""

import pytest

from harness.client import Client, fresh_key
from harness.node import Node, run_program

SHOP = "https://shop.example"
TOLD = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def api():
    with Node({"http.origins": SHOP, "limits.body_bytes": 2048}) as node:
        yield Client(node.http)


@pytest.mark.parametrize("ask", [
    lambda api, fields: api.get("/v1/listings", headers=fields),
    lambda api, fields: api.get("/v1/me", headers=fields),
    lambda api, fields: api.post("/v1/auth/login", b"x" * 4096, headers=fields),
    lambda api, fields: api.post("/v1/auth/login", b"{}",
                                 headers=fields | {"Content-Encoding": "gzip"}),
])
def test_a_listed_origin_may_read_every_answer_and_another_one_none(api, ask):
    assert ask(api, {"Origin": SHOP}).field(TOLD) == SHOP
    other = ask(api, {"Origin": "https://evil.example"})
    assert other.field(TOLD) is None and ("Vary", "Origin") in other.fields


def test_a_script_of_the_listed_origin_signs_up(api):
    fields = {"Origin": SHOP, "Access-Control-Request-Method": "POST",
              "Access-Control-Request-Headers": "content-type,idempotency-key"}
    before = api.exchange("OPTIONS", "/v1/auth/signup", None, fields)
    assert before.status == 204 and before.field(TOLD) == SHOP
    assert "Idempotency-Key" in before.field("Access-Control-Allow-Headers")
    done = api.post("/v1/auth/signup", {"email": "bea@example.org", "password": "correct horse 7",
                                        "display_name": "Bea"}, key=fresh_key(),
                    headers={"Origin": SHOP})
    assert done.status == 201 and done.field(TOLD) == SHOP


@pytest.mark.parametrize("origin", ["*", "null", "shop.example", "https://shop.example/",
                                    "https://Shop.example", "https://shop.example:443", "https://"])
def test_what_is_no_origin_is_refused_at_the_start(origin, tmp_path):
    status, _, said = run_program("serve", "--data-dir", str(tmp_path), "--http", "127.0.0.1:0",
                                  "--admin", "127.0.0.1:0", f"--http.origins={origin}")
    assert status == 2 and "http.origins" in said
