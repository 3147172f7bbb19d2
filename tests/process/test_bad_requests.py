"""Bad input for every route that the document lists: a new route is met here by itself. Each test
walks over all routes and tells every one that answered wrongly."""

import json

import pytest

from harness.client import Client, fresh_key
from harness.document import PROBLEM
from harness.node import Node
from harness.samples import of_wrong_type, out_of_bounds, sample, sample_object, with_field
from harness.shims import ShiftedClock
from harness.story import Market
# A WebSocket handshake is no plain request: tests/process/test_bad_handshakes.py.
NOT_PLAIN = "/v1/ws"

UNKNOWN = "00000000000000000000000000000"
PREFIX = {"listings": "lst", "carts": "crt", "checkouts": "chk", "orders": "ord", "rooms": "room"}


class Prober:
    """Calls operations with one thing wrong, and gathers what was not refused as it should be."""

    def __init__(self, market, document, person):
        self.market = market
        self.document = document
        self.person = person
        self.wrong = []

    def operations(self, fits=lambda one: True):
        return [one for one in self.document.operations if one.pattern != NOT_PLAIN and fits(one)]

    def path(self, operation, places=None):
        """With ids that are well formed and name nothing, unless others are given."""
        path = operation.pattern
        kind = path.split("/")[2] if path.startswith("/v1/") else ""
        given = {"id": f"{PREFIX.get(kind, 'lst')}_{UNKNOWN}", "line_id": "1", "name": "n9",
                 "number": "99", "code": "no_such_code"} | (places or {})
        for place in operation.places:
            path = path.replace(f"{{{place}}}", given[place])
        return path

    def body(self, operation):
        schema = operation.body
        return None if schema is None else sample_object(self.document, schema)

    def call(self, operation, query="", token="own", **wrong):
        address = self.market.admin if operation.on_admin else self.market.http
        client = Client(address, self.person.api.token if token == "own" else token)
        request = {"body": self.body(operation)} | wrong
        if operation.keyed and "key" not in wrong:
            request["key"] = fresh_key()
        places = request.pop("places", None)
        try:
            return client.call(operation.method, self.path(operation, places) + query, **request)
        finally:
            client.close()

    def expect(self, operation, answer, status, *codes, pointer=None):
        if answer.status != status or answer.json["code"] not in codes:
            self.wrong.append(f"{operation}: {status} {codes} was due: {answer}")
        elif pointer is not None and pointer not in [
                one["pointer"] for one in answer.json.get("errors", [])]:
            self.wrong.append(f"{operation}: no error points to {pointer}: {answer}")

    def report(self):
        assert not self.wrong, "\n".join(["", *self.wrong])


@pytest.fixture
def prober(market, document):
    one = Prober(market, document, market.seller("Pia"))
    yield one
    one.report()


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()

# -- who asks --------------------------------------------------------------------------------------


def test_every_route_that_needs_a_token_refuses_to_go_without(prober):
    for one in prober.operations(lambda one: one.needs_token):
        prober.expect(one, prober.call(one, token=None), 401, "unauthenticated")


def test_every_route_that_reads_a_token_refuses_a_bad_one(prober):
    forged = prober.person.api.token[:-4] + "AAAA"
    for one in prober.operations(lambda one: one.takes_token):
        for token in ("x", "a.b.c", forged):
            prober.expect(one, prober.call(one, token=token), 401, "unauthenticated")


def test_every_route_that_reads_a_token_refuses_an_expired_one(document):
    with ShiftedClock() as clock:
        with Node(environment=clock.environment) as node:
            market = Market(node.http, node.admin)
            prober = Prober(market, document, market.seller("Pia"))
            clock.go_ahead(3600)
            for one in prober.operations(lambda one: one.takes_token):
                prober.expect(one, prober.call(one), 401, "token_expired")
            prober.report()


def test_a_bad_token_does_not_matter_to_those_who_sign_in(prober):
    for one in prober.operations(lambda one: not one.takes_token and not one.on_admin):
        assert prober.call(one, token="x").status != 401 or one.pattern.startswith("/v1/auth/"), one


def test_somebody_elses_things_are_not_there(prober, market):
    owner, eve = market.seller("Sam"), market.seller("Eve")
    thing = owner.offer(quantity=3)
    bea = market.person("Bea")
    cart = bea.put_in(bea.cart(), thing)
    foreign = {
        "listings": {"id": owner.draft()["id"]},
        "carts": {"id": cart["id"], "line_id": cart["lines"][0]["id"]},
        "checkouts": {"id": bea.reserve(bea.check_out(thing))["id"]},
        "orders": {"id": bea.buy(thing)["order_ids"][0]},
        "rooms": {"id": bea.room_about(thing)["id"]},
    }
    prober.person = eve
    for one in prober.operations(lambda one: one.places and one.pattern.startswith("/v1/")):
        places = foreign[one.pattern.split("/")[2]]  # a new kind of thing is taught here
        body = prober.body(one)
        if body and "listing_id" in body:
            body["listing_id"] = thing["id"]
        for condition in (None, '"v99"'):  # who may not see it learns no version either
            answer = prober.call(one, places=places, body=body, if_match=condition)
            prober.expect(one, answer, 404, "not_found")


def test_an_id_that_names_nothing_is_not_found(prober):
    """But for where it would live: any id has a place."""
    for one in prober.operations(lambda one: one.places and one.pattern != "/admin/where/{id}"):
        for wrong in (f"usr_{UNKNOWN}", UNKNOWN, "x", "lst_", "lst_" + "U" * 29, "%F0%9F%98%80",
                      f"lst_{UNKNOWN}0", "LST_" + UNKNOWN):
            answer = prober.call(one, places={"id": wrong})
            prober.expect(one, answer, 404, "not_found")
        prober.expect(one, prober.call(one), 404, "not_found")

# -- parameters and fields -------------------------------------------------------------------------


def test_every_route_refuses_a_parameter_that_it_does_not_know(prober):
    for one in prober.operations():
        prober.expect(one, prober.call(one, "?surprise=1"), 400, "unknown_parameter")


def test_every_parameter_is_refused_out_of_its_bounds(prober):
    for one in prober.operations():
        for parameter in one.query:
            name, schema = parameter["name"], parameter["schema"]
            values = [""]
            if schema["type"] == "integer":
                values += ["abc", str(schema["minimum"] - 1), str(schema["maximum"] + 1), "1.5",
                           "1e1", "+1", "0x1", "9" * 30]
            elif "enum" in schema:
                values += ["unheard-of", schema["enum"][0].upper()]
            for value in values:
                prober.expect(one, prober.call(one, f"?{name}={value}"), 400, "invalid_parameter",
                              "invalid_cursor")
            good = str(sample(prober.document, name, schema))
            if name != "cursor":
                prober.expect(one, prober.call(one, f"?{name}={good}&{name}={good}"), 400,
                              "invalid_parameter")


def test_every_list_refuses_a_bad_cursor(prober):
    lists = prober.operations(lambda one: any(p["name"] == "cursor" for p in one.query))
    assert len(lists) >= 4
    for one in lists:
        for cursor in ("x", "AAAA", "a" * 100, "%00", "a+b", "%2e%2e"):
            prober.expect(one, prober.call(one, f"?cursor={cursor}"), 400, "invalid_cursor",
                          "invalid_parameter", "malformed_request", "not_found")


def test_every_keyed_route_refuses_to_go_without_a_good_key(prober):
    keyed = prober.operations(lambda one: one.keyed)
    assert len(keyed) >= 8
    for one in keyed:
        prober.expect(one, prober.call(one, key=None), 400, "idempotency_key_required")
        prober.expect(one, prober.call(one, key=""), 400, "idempotency_key_required",
                      "malformed_request")
        prober.expect(one, prober.call(one, key="k" * 256), 400, "malformed_request")


def test_every_route_refuses_another_kind_of_answer(prober):
    for one in prober.operations():
        media = {name for row in one.row["responses"].values() for name in row.get("content", {})}
        if media <= {"application/json", PROBLEM}:
            prober.expect(one, prober.call(one, headers={"Accept": "text/html"}), 406,
                          "not_acceptable")

# -- bodies ----------------------------------------------------------------------------------------


def with_body(prober):
    found = prober.operations(lambda one: one.body is not None)
    assert len(found) >= 15
    return found


def test_every_body_that_is_no_json_is_refused(prober):
    for one in with_body(prober):
        for body in (b'{"a":', b"{", b"nonsense", b"{'a':1}", b'{"a":1,}', b"{} {}", b"\xff\xfe",
                     b'{"a":NaN}', b"// x\n{}"):
            prober.expect(one, prober.call(one, body=body), 400, "malformed_json")
        prober.expect(one, prober.call(one, body=b'{"a":1,"a":2}'), 400, "duplicate_key")
        prober.expect(one, prober.call(one, body=b"[" * 200_000), 400, "json_too_deep")


def test_every_body_of_another_type_is_refused(prober):
    for one in with_body(prober):
        for body in (b"[]", b"null", b"1", b'"text"', b"true"):
            prober.expect(one, prober.call(one, body=body), 422, "validation_failed")
        media = {"Content-Type": "text/plain"}
        prober.expect(one, prober.call(one, body=b"{}", headers=media), 415, "unsupported_media")


def test_every_body_that_is_too_large_is_refused(prober):
    for one in with_body(prober):
        body = json.dumps({"a": "x" * (1 << 20)}).encode()
        prober.expect(one, prober.call(one, body=body), 413, "payload_too_large")


def test_every_body_that_must_be_there_is_missed(prober):
    for one in with_body(prober):
        answer = prober.call(one, body=b"")
        if one.body_required:
            prober.expect(one, answer, 400, "malformed_json")
        else:
            assert answer.status < 400 or answer.status == 404, answer


def test_every_route_without_a_body_refuses_one(prober):
    for one in prober.operations(lambda one: one.body is None):
        prober.expect(one, prober.call(one, body=b"{}"), 400, "unexpected_body")


def test_every_unknown_field_is_refused(prober):
    for one in with_body(prober):
        for name in ("surprise", "id", "role", "status", "version", "balance"):
            body = with_field(prober.body(one), name, "x")
            prober.expect(one, prober.call(one, body=body), 422, "unknown_field",
                          pointer=f"/{name}")


def test_every_required_field_is_missed(prober):
    for one in with_body(prober):
        for name in one.body.get("required", []):
            body = prober.body(one)
            del body[name]
            prober.expect(one, prober.call(one, body=body), 422, "validation_failed",
                          pointer=f"/{name}")


def test_every_field_of_a_wrong_type_is_refused(prober):
    for one in with_body(prober):
        for name, schema in one.body.get("properties", {}).items():
            for value in of_wrong_type(prober.document, schema):
                body = with_field(prober.body(one), name, value)
                prober.expect(one, prober.call(one, body=body), 422, "validation_failed",
                              pointer=f"/{name}")


def test_every_field_out_of_its_bounds_is_refused(prober):
    for one in with_body(prober):
        for name, schema in one.body.get("properties", {}).items():
            for value in out_of_bounds(prober.document, schema):
                body = with_field(prober.body(one), name, value)
                prober.expect(one, prober.call(one, body=body), 422, "validation_failed",
                              "out_of_range", pointer=f"/{name}")
