"""The API's own document: sound OpenAPI 3.1, and true. That every answer conforms to it is checked
at each answer that any of these tests gets (harness/document.py)."""

import re

import jsonschema
import pytest

from harness import client
from harness.document import METHODS, PROBLEM, observe

WORDS = {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components",
         "security", "tags", "externalDocs"}


@pytest.fixture(scope="module")
def content(document):
    return document.content


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def schemas(content):
    """Every schema of the document, with the place where it stands."""
    yield from content["components"]["schemas"].items()
    for pattern, rows in content["paths"].items():
        for method, row in rows.items():
            for parameter in row.get("parameters", []):
                yield f"{method} {pattern} {parameter['name']}", parameter["schema"]
            parts = [("body", row["requestBody"])] if "requestBody" in row else []
            for name, part in [*parts, *row["responses"].items()]:
                for media in part.get("content", {}).values():
                    yield f"{method} {pattern} {name}", media["schema"]


def test_it_is_of_version_3_1_and_has_what_must_be_there(content):
    assert re.fullmatch(r"3\.1\.\d+", content["openapi"])
    assert content["info"]["title"] and content["info"]["version"]
    assert set(content) <= WORDS
    assert content["paths"]


def test_every_operation_is_complete(document):
    names = [one.row["operationId"] for one in document.operations]
    assert len(names) == len(set(names))
    for one in document.operations:
        assert one.row["summary"], one
        assert one.row["responses"], one
        for status, row in one.row["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d|default", status), one
            assert row["description"], one
            for media, part in row.get("content", {}).items():
                assert "/" in media and "schema" in part, one
        if "requestBody" in one.row:
            assert one.method in ("POST", "PUT", "PATCH"), one
            assert one.row["requestBody"]["content"], one


def test_every_parameter_is_complete_and_every_place_has_one(document):
    for one in document.operations:
        rows = one.row["parameters"]
        assert len({(row["in"], row["name"]) for row in rows}) == len(rows), one
        for row in rows:
            assert row["in"] in ("query", "path", "header", "cookie") and row["schema"], one
            assert row["in"] != "path" or row["required"] is True, one
        assert {row["name"] for row in rows if row["in"] == "path"} == set(one.places), one


def test_no_two_addresses_mean_the_same(content):
    bare = [re.sub(r"{\w+}", "{}", pattern) for pattern in content["paths"]]
    assert len(bare) == len(set(bare))
    for pattern, rows in content["paths"].items():
        assert pattern.startswith("/") and set(rows) <= set(METHODS), pattern


def test_every_reference_leads_somewhere(document, content):
    found = set(references(content))
    assert found
    for one in found:
        document.resolver.resolve(one)
    unused = {f"#/components/schemas/{name}" for name in content["components"]["schemas"]} - found
    assert not unused


def test_every_schema_is_a_sound_one(content):
    for where, schema in schemas(content):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as wrong:
            raise AssertionError(f"{where}: {wrong.message}") from None


def test_every_schema_accepts_only_words_that_mean_something(content):
    known = {"type", "properties", "required", "items", "enum", "minimum", "maximum", "minLength",
             "maxLength", "pattern", "format", "anyOf", "additionalProperties", "$ref", "default",
             "description", "minItems", "maxItems", "const", "oneOf", "allOf"}

    def walk(where, schema):
        assert set(schema) <= known, f"{where}: {set(schema) - known}"
        for name in schema.get("required", []):
            assert name in schema["properties"], f"{where}: {name}"
        for value in schema.get("properties", {}).values():
            walk(where, value)
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                walk(where, schema[word])
        for word in ("anyOf", "oneOf", "allOf"):
            for value in schema.get(word, []):
                walk(where, value)

    for where, schema in schemas(content):
        walk(where, schema)


def test_requests_take_no_other_fields_and_answers_may_have_more(document):
    for one in document.operations:
        if one.body is not None:
            assert one.body["additionalProperties"] is False, one


def test_every_refusal_is_a_problem(document):
    for one in document.operations:
        for status, row in one.row["responses"].items():
            if int(status) >= 400:
                assert set(row["content"]) == {PROBLEM}, one
                assert all(re.fullmatch(r"[a-z_]+", code)
                           for code in row["description"].split(", ")), one


def test_who_may_ask_is_said(document, content):
    schemes = content["components"]["securitySchemes"]
    for one in document.operations:
        for row in one.row.get("security", []):
            assert set(row) <= set(schemes), one
        if one.needs_token:
            assert "401" in one.row["responses"], one


def test_the_core_is_listed(document):
    listed = {(one.method, one.pattern) for one in document.operations}
    core = """POST /v1/auth/signup, POST /v1/auth/login, POST /v1/auth/refresh,
        POST /v1/auth/logout, GET /v1/me, POST /v1/me/seller, POST /v1/listings,
        GET /v1/listings, GET /v1/me/listings,
        GET /v1/listings/{id}, PATCH /v1/listings/{id}, DELETE /v1/listings/{id},
        POST /v1/listings/{id}/publish, POST /v1/listings/{id}/pause,
        POST /v1/listings/{id}/resume, POST /v1/listings/{id}/close,
        POST /v1/listings/{id}/stock-adjustments, POST /v1/carts, GET /v1/carts/{id},
        POST /v1/carts/{id}/items, PATCH /v1/carts/{id}/items/{line_id},
        DELETE /v1/carts/{id}/items/{line_id}, POST /v1/checkouts, GET /v1/checkouts/{id},
        POST /v1/checkouts/{id}/reserve, POST /v1/checkouts/{id}/complete,
        DELETE /v1/checkouts/{id}, GET /v1/orders, GET /v1/orders/{id}, POST /v1/rooms,
        GET /v1/rooms/{id}, POST /v1/rooms/{id}/messages, GET /v1/rooms/{id}/messages,
        PUT /v1/rooms/{id}/read, POST /v1/ws/tickets, GET /v1/ws, GET /v1/openapi.json,
        GET /healthz, GET /readyz, GET /metrics, GET /.well-known/jwks.json"""
    wanted = {tuple(row.split()) for row in core.split(",")}
    assert not wanted - listed


def test_every_keyed_operation_is_marked(document):
    keyed = {one.pattern for one in document.operations if one.keyed}
    assert keyed == {"/v1/auth/signup", "/v1/listings", "/v1/listings/{id}/stock-adjustments",
                     "/v1/carts/{id}/items", "/v1/checkouts", "/v1/checkouts/{id}/reserve",
                     "/v1/checkouts/{id}/complete", "/v1/rooms"}


def test_answers_are_watched_and_a_wrong_one_is_noticed(document, buyer):
    assert observe in client.observers
    answer = buyer.api.get("/v1/me")
    for wrong in (answer.body.replace(b'"display_name"', b'"name"'),
                  answer.body.replace(b'"usr_', b'"xxx_')):
        spoilt = client.Answer("GET", "/v1/me", 200, answer.fields, wrong)
        with pytest.raises(AssertionError):
            document.check("GET", "/v1/me", spoilt)
    with pytest.raises(AssertionError):
        document.check("GET", "/v1/me", client.Answer("GET", "/v1/me", 418, answer.fields, b"{}"))


def test_every_problem_has_a_page(market, buyer):
    listed = market.visitor().get("/problems").body.decode()
    pages = re.findall(r'href="(/problems/[a-z_]+)"', listed)
    assert len(pages) > 50
    for page in [*pages, buyer.api.get("/v1/nothing").json["type"]]:
        answer = market.visitor().get(page)
        assert answer.status == 200 and answer.field("Content-Type").startswith("text/html")
        assert f"<code>{page.split('/')[-1]}</code>" in answer.body.decode()
    market.visitor().get("/problems/no_such_code").refused(404, "not_found")
