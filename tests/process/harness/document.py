"""The API's own document, GET /v1/openapi.json: its operations, and whether an answer conforms."""

import re

import jsonschema

from harness import client

METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time")
def is_instant(text):
    return not isinstance(text, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text))


class Operation:
    def __init__(self, document, pattern, method, row):
        self.document = document
        self.pattern = pattern
        self.method = method.upper()
        self.row = row
        self.parts = pattern.split("/")

    def __str__(self):
        return f"{self.method} {self.pattern}"

    @property
    def on_admin(self):
        return self.row.get("x-listener") == "admin"

    @property
    def needs_token(self):
        return self.row.get("security") == [{"bearer": []}]

    @property
    def takes_token(self):
        return self.row.get("security") != []

    @property
    def keyed(self):
        return any(p["in"] == "header" and p["name"] == "Idempotency-Key"
                   for p in self.row["parameters"])

    @property
    def query(self):
        return [p for p in self.row["parameters"] if p["in"] == "query"]

    @property
    def places(self):
        return re.findall(r"{(\w+)}", self.pattern)

    @property
    def body(self):
        """The request body's schema, or nothing."""
        if "requestBody" not in self.row:
            return None
        return self.document.resolved(
            self.row["requestBody"]["content"]["application/json"]["schema"])

    @property
    def body_required(self):
        return self.row.get("requestBody", {}).get("required", False)

    def takes(self, path):
        parts = path.split("/")
        return len(parts) == len(self.parts) and all(
            mine == theirs or (mine.startswith("{") and theirs)
            for mine, theirs in zip(self.parts, parts))


class Document:
    def __init__(self, content):
        self.content = content
        self.resolver = jsonschema.RefResolver.from_schema(content)
        self.validators = {}
        self.operations = [Operation(self, pattern, method, row)
                           for pattern, rows in content["paths"].items()
                           for method, row in rows.items() if method in METHODS]
        # "/v1/listings/mine" would be meant before "/v1/listings/{id}".
        self.operations.sort(key=lambda one: one.pattern.count("{"))

    def resolved(self, schema):
        while "$ref" in schema:
            _, schema = self.resolver.resolve(schema["$ref"])
        return schema

    def operation(self, method, path):
        path = path.split("?")[0]
        wanted = "GET" if method == "HEAD" else method
        for one in self.operations:
            if one.method == wanted and one.takes(path):
                return one
        return None

    def validator(self, where, schema):
        if where not in self.validators:
            self.validators[where] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver, format_checker=formats)
        return self.validators[where]

    def check_problem(self, answer):
        self.validator("problem", {"$ref": "#/components/schemas/problem"}).validate(answer.json)

    def check(self, method, path, answer):
        """Fails unless the document says that such an answer may come."""
        one = self.operation(method, path)
        if one is None:  # no route: what is there to say about it stands in the problem
            assert answer.status >= 400, f"an answer of no operation: {answer}"
            if method != "HEAD":
                self.check_problem(answer)
            return
        listed = one.row["responses"].get(str(answer.status))
        assert listed is not None, f"{one} does not list this status: {answer}"
        if method == "HEAD":
            assert answer.body == b"", answer
            return
        if "content" not in listed:
            assert answer.body == b"", f"{one} lists no content: {answer}"
            return
        media = answer.field("Content-Type").split(";")[0]
        assert media in listed["content"], f"{one} lists no {media}: {answer}"
        if media in ("application/json", PROBLEM):
            where = (one.pattern, one.method, answer.status)
            try:
                self.validator(where, listed["content"][media]["schema"]).validate(answer.json)
            except jsonschema.ValidationError as wrong:
                raise AssertionError(f"{answer} does not conform: {wrong.message} at "
                                     f"{list(wrong.absolute_path)}") from None
        if media == PROBLEM:
            code = answer.json["code"]
            assert code in listed["description"].split(", "), f"{one} does not list {code}"


# -- over all that the tests see -------------------------------------------------------------------

known = {}  # by program run: all nodes of one test process have the same document


def document_of(address):
    """The document; any public listener of this process will do."""
    if "document" not in known:
        asking = client.Client(address)
        answer = asking.exchange("GET", "/v1/openapi.json", None, {})
        asking.close()
        known["document"] = Document(answer.expect(200))
    return known["document"]


def observe(address, method, path, answer):
    if "document" not in known:
        if path.startswith("/v1/") and not path.startswith("/v1/openapi.json"):
            document_of(address)
        else:
            return
    known["document"].check(method, path, answer)


def check_every_answer():
    """From now on each answer that a client sees must conform."""
    if observe not in client.observers:
        client.observers.append(observe)
