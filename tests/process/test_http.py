"""What every answer over HTTP has, and how requests are met that name nothing."""

import re

import pytest

from harness.raw import RawConnection

HIDDEN = ("X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL")


def test_an_unknown_address_is_not_there(market, buyer):
    for path in ("/", "/v1", "/v1/", "/v1/nothing", "/v2/listings", "/v1/listings/", "/V1/listings",
                 "/v1//listings", "/v1/me/"):
        buyer.api.get(path).refused(404, "not_found")
        market.visitor().post(path, {}).refused(404, "not_found")


def test_a_known_address_tells_which_methods_it_takes(market, document):
    for pattern in {one.pattern for one in document.operations if not one.on_admin}:
        here = {one.method for one in document.operations if one.pattern == pattern}
        path = re.sub(r"{\w+}", "x", pattern)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - here:
            answer = market.visitor().call(method, path)
            answer.refused(405, "method_not_allowed")
            allowed = {word.strip() for word in answer.field("Allow").split(",")}
            assert here <= allowed <= here | {"HEAD", "OPTIONS"}, answer
            assert ("GET" in here) == ("HEAD" in allowed), answer


def test_head_answers_as_get_does_without_content(market, document, seller):
    listing = seller.offer()
    for path in (f"/v1/listings/{listing['id']}", "/v1/me", "/v1/openapi.json", "/healthz",
                 "/v1/listings", "/v1/nothing"):
        got, head = seller.api.get(path), seller.api.head(path)
        assert head.status == got.status and head.body == b""
        for field in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
            if got.field(field) is not None and got.status < 400:
                assert head.field(field) == got.field(field), f"{field} of {path}"


def test_each_request_has_an_id_of_its_own(market):
    api = market.visitor()
    ids = {api.get("/healthz").field("Request-Id") for _ in range(50)}
    assert len(ids) == 50


def test_what_is_private_is_not_kept_by_anybody(market, seller):
    for path in ("/v1/me", "/v1/me/listings", "/v1/orders"):
        assert seller.api.get(path).field("Cache-Control") == "no-store"
    assert market.visitor().get("/v1/me").field("Cache-Control") == "no-store"
    assert seller.api.post("/v1/carts").field("Cache-Control") == "no-store"
    listing = seller.offer()
    public = market.visitor().get(f"/v1/listings/{listing['id']}")
    assert public.etag and "no-store" not in public.field("Cache-Control")


@pytest.mark.parametrize("accept, fits", [
    ("*/*", True), ("application/*", True), ("application/json", True),
    ("text/html, application/json;q=0.5", True), ("text/html;q=1, */*;q=0.1", True),
    ("application/json; charset=utf-8", True), ("", True),
    ("text/html", False), ("image/*", False), ("application/json;q=0", False),
    ("*/*, application/json;q=0", False), ("application/xml", False)])
def test_only_json_is_spoken(buyer, accept, fits):
    answer = buyer.api.get("/v1/me", headers={"Accept": accept})
    if fits:
        assert answer.expect(200) and answer.field("Content-Type") == "application/json"
    else:
        answer.refused(406, "not_acceptable")


@pytest.mark.parametrize("media, fits", [
    ("application/json", True), ("application/json; charset=utf-8", True),
    ("application/json;charset=\"UTF-8\"", True), ("APPLICATION/JSON", True),
    ("text/plain", False), ("application/json; charset=utf-16", False), ("", False),
    ("application/x-www-form-urlencoded", False), ("application/jsonx", False)])
def test_a_body_is_json_in_utf_8(buyer, media, fits):
    answer = buyer.api.post("/v1/me/seller", b"{}", headers={"Content-Type": media})
    if fits:
        answer.expect(200)
    else:
        answer.refused(415, "unsupported_media")


def test_a_body_may_be_left_out_where_it_would_be_empty(seller):
    listing = seller.draft()
    for path in (f"/v1/listings/{listing['id']}/publish", "/v1/carts", "/v1/ws/tickets"):
        seller.api.post(path).expect(200, 201)
        seller.api.post(path, {}).expect(200, 201)


@pytest.mark.parametrize("field", HIDDEN)
def test_nobody_reaches_another_route_by_a_hidden_field(buyer, field):
    value = "DELETE" if "Method" in field else "/v1/orders"
    assert buyer.api.get("/v1/me", headers={field: value}).expect(200)["id"] == buyer.id


def test_a_token_in_the_query_is_not_read(market, buyer):
    for name in ("access_token", "token", "authorization"):
        market.visitor().get(f"/v1/me?{name}={buyer.api.token}").refused(401, "unauthenticated")


def test_the_operators_listener_serves_operators_only(market, buyer):
    operator = market.operator()
    for path in ("/healthz", "/readyz"):
        operator.get(path).expect(200)
        market.visitor().get(path).expect(200)
    operator.get("/sandbox/payments").expect(200)
    assert operator.get("/metrics").status == 200
    # Straight past the document, which knows each address at one of the doors only.
    token = {"Authorization": f"Bearer {buyer.api.token}"}
    operator.exchange("GET", "/v1/me", None, token).refused(404, "not_found")
    for path in ("/metrics", "/sandbox/payments"):
        market.visitor().exchange("GET", path, None, {}).refused(404, "not_found")


def test_one_connection_serves_many_requests_and_says_when_it_is_the_last(start_node):
    node = start_node({"limits.requests_per_connection": 3})
    with RawConnection(node.http) as connection:
        said = []
        for _ in range(3):
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            said.append(connection.answer().fields.get("connection"))
        assert said == [None, None, "close"]
        assert connection.is_closed()
