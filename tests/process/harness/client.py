"""An HTTP client on one kept connection. Each answer is checked for what every answer must have."""

import http.client
import json
import select
import uuid
from dataclasses import dataclass

from harness.reach import HttpConnection
from harness.waiting import PATIENCE

# Called with (address, method, path, answer): the conformance check adds itself here.
observers = []


def fresh_key():
    return str(uuid.uuid4())


@dataclass
class Answer:
    method: str
    path: str
    status: int
    fields: list  # (name, value), as they came
    body: bytes

    def field(self, name):
        for known, value in self.fields:
            if known.lower() == name.lower():
                return value
        return None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.field("ETag")

    @property
    def replayed(self):
        return self.field("Idempotent-Replayed") == "true"

    def expect(self, *statuses):
        """The body, when the status is one of these."""
        assert self.status in statuses, f"{self} where {statuses} was due"
        return self.json if self.body else None

    def refused(self, status, *codes):
        """The problem, when it is one of these codes."""
        assert self.status == status, f"{self} where {status} {codes} was due"
        problem = self.json
        assert problem["code"] in codes, f"{self} where {status} {codes} was due"
        return problem

    def __str__(self):
        return f"{self.method} {self.path} -> {self.status} {self.body[:600]!r}"


def check_common(answer):
    """What every answer has, whatever was asked."""
    assert answer.field("Date"), f"no Date: {answer}"
    assert answer.field("Request-Id"), f"no Request-Id: {answer}"
    if answer.status == 204:
        assert answer.field("Content-Length") is None, f"204 with a length: {answer}"
    if answer.status == 401:
        assert answer.field("WWW-Authenticate"), f"401 without WWW-Authenticate: {answer}"
    if answer.status in (429, 503):
        assert int(answer.field("Retry-After")) >= 1, f"no Retry-After: {answer}"
    if answer.status >= 400 and answer.method != "HEAD":
        check_problem(answer)


def check_problem(answer):
    assert answer.field("Content-Type") == "application/problem+json", f"no problem: {answer}"
    problem = answer.json
    assert problem["status"] == answer.status, answer
    assert problem["type"] == f"/problems/{problem['code']}", answer
    assert problem["title"] and isinstance(problem["retryable"], bool), answer
    assert problem["request_id"] == answer.field("Request-Id"), answer
    assert problem["instance"] == f"urn:resalehub:request:{problem['request_id']}", answer
    if answer.status >= 500:
        assert problem["effect"] in ("none", "unknown"), answer


class Client:
    """`token` is sent when there is one. Not for two threads at once."""

    def __init__(self, address, token=None, seconds=30):
        self.address = address
        self.token = token
        self.connection = HttpConnection(address, timeout=seconds * PATIENCE)

    def call(self, method, path, body=None, key=None, if_match=None, headers=None):
        """`body`: bytes as they are, anything else as JSON."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            fields["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        if key is not None:
            fields["Idempotency-Key"] = key
        if if_match is not None:
            fields["If-Match"] = if_match
        fields |= headers or {}
        answer = self.exchange(method, path, body, fields)
        check_common(answer)
        for observe in observers:
            observe(self.address, method, path, answer)
        return answer

    def exchange(self, method, path, body, fields):
        self.leave_dead_connection()
        try:
            self.connection.request(method, path, body, fields)
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        return Answer(method, path, response.status, response.getheaders(), content)

    def leave_dead_connection(self):
        """The node may have closed a connection that was idle: seen before it is used."""
        socket = self.connection.sock
        if socket is not None and select.select([socket], [], [], 0)[0]:
            self.connection.close()

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def head(self, path, **more):
        return self.call("HEAD", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def keyed(self, path, body=None, **more):
        """A POST under an Idempotency-Key of its own."""
        return self.call("POST", path, body, **({"key": fresh_key()} | more))

    def patch(self, path, body=None, **more):
        return self.call("PATCH", path, body, **more)

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.call("DELETE", path, **more)

    def pages(self, path, limit=100):
        """All items of a list, page by page."""
        joint = "&" if "?" in path else "?"
        items, cursor = [], ""
        while True:
            page = self.get(f"{path}{joint}limit={limit}{cursor}").expect(200)
            items += page["data"]
            if not page["page"]["has_more"]:
                return items
            cursor = f"&cursor={page['page']['next_cursor']}"

    def close(self):
        self.connection.close()
