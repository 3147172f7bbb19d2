"""WebSocket handshakes that are refused: the rows W1 to W7, and what a ticket is worth."""

import pytest

from harness.live import Live, frame, handshake, TEXT
from harness.node import Node
from harness.raw import RawConnection
from harness.shims import ShiftedClock
from harness.story import Market


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()


def shake(node, ticket="x", fields=None, after=b"", target=None, **more):
    target = target or f"/v1/ws?ticket={ticket}"
    with RawConnection(node.http) as connection:
        connection.send(handshake(target, node.http, fields, **more) + after)
        return connection.answer()


def test_another_version_is_told_which_one_is_spoken(node, buyer):
    for version in ("12", "8", "14", "13, 8", "x", "013"):
        answer = shake(node, buyer.ticket(), {"Sec-WebSocket-Version": version})
        assert (answer.status, answer.code) == (426, "upgrade_required")
        assert answer.fields["sec-websocket-version"] == "13"
        assert "upgrade" in answer.fields


@pytest.mark.parametrize("fields", [
    {"Sec-WebSocket-Key": None}, {"Sec-WebSocket-Key": "abc"}, {"Sec-WebSocket-Key": ""},
    {"Sec-WebSocket-Key": "A" * 24}, {"Sec-WebSocket-Key": "A" * 21 + "B=="},
    {"Sec-WebSocket-Key": "A" * 22 + "==, " + "A" * 22 + "=="},
    {"Sec-WebSocket-Version": None}, {"Upgrade": None}, {"Connection": None}, {"Host": None},
    {"Upgrade": "h2c"}, {"Connection": "keep-alive"},
    {"Sec-WebSocket-Protocol": "chat"}, {"Sec-WebSocket-Protocol": "resalehub.v2.json, chat"}])
def test_a_malformed_handshake_is_refused(node, buyer, fields):
    assert shake(node, buyer.ticket(), fields).status == 400


@pytest.mark.parametrize("name", ["Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_a_field_that_comes_twice_is_refused(node, buyer, name):
    request = handshake(f"/v1/ws?ticket={buyer.ticket()}", node.http)
    line = next(line for line in request.split(b"\r\n") if line.startswith(name.encode()))
    with RawConnection(node.http) as connection:
        connection.send(request.replace(line, line + b"\r\n" + line))
        assert connection.answer().status == 400


def test_a_handshake_is_a_get_of_http_1_1_without_a_body(node, buyer):
    post = shake(node, buyer.ticket(), method="POST")
    assert post.status == 405 and "GET" in post.fields["allow"]
    assert shake(node, buyer.ticket(), version="HTTP/1.0").status == 400
    assert shake(node, buyer.ticket(), {"Content-Length": "2"}, after=b"{}").status == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1",
                                    "https://127.0.0.1:1", "HTTP://127.0.0.1", "", "x"])
def test_a_foreign_origin_is_refused(node, buyer, origin):
    answer = shake(node, buyer.ticket(), {"Origin": origin})
    assert (answer.status, answer.code) == (403, "origin_not_allowed")


def test_only_the_origins_that_are_named_may_connect(start_node):
    node = start_node({"http.origins": "https://shop.example"})
    bea = Market(node.http).person("Bea")
    Live(node.http, bea.ticket(), fields={"Origin": "https://shop.example"}).cut()
    for origin in ("https://SHOP.example", "https://shop.example:444", f"http://{node.http}"):
        assert shake(node, bea.ticket(), {"Origin": origin}).status == 403


def test_ones_own_origin_may_connect(node, buyer):
    Live(node.http, buyer.ticket(), fields={"Origin": f"http://{node.http}"}).cut()


@pytest.mark.parametrize("target", ["/v1/ws", "/v1/ws?ticket=", "/v1/ws?ticket=x",
                                    "/v1/ws?ticket=%00", "/v1/ws?token=x"])
def test_without_a_ticket_nobody_comes_in(node, target):
    answer = shake(node, target=target)
    assert answer.status in (400, 401), answer
    if b"%00" not in target.encode():
        assert answer.code == "unauthenticated" and "www-authenticate" in answer.fields


def test_an_access_token_is_no_ticket(node, buyer):
    assert shake(node, buyer.api.token).status == 401
    ticket = buyer.ticket()
    assert shake(node, ticket[:-1] + ("A" if ticket[-1] != "A" else "B")).status == 401


def test_a_ticket_is_good_once(node, buyer):
    ticket = buyer.ticket()
    Live(node.http, ticket).cut()
    answer = shake(node, ticket)
    assert (answer.status, answer.code) == (401, "unauthenticated")


def test_a_ticket_that_was_used_stays_used_when_the_node_is_killed(start_node):
    node = start_node()
    bea = Market(node.http).person("Bea")
    used, kept = bea.ticket(), bea.ticket()
    Live(node.http, used).cut()
    node.kill()
    node.restart()
    answer = shake(node, used)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    Live(node.http, kept).cut()


def test_a_ticket_lets_one_of_many_in_at_once(node, buyer):
    ticket = buyer.ticket()
    connections = [RawConnection(node.http) for _ in range(8)]
    for connection in connections:
        connection.send(handshake(f"/v1/ws?ticket={ticket}", node.http))
    statuses = sorted(connection.answer().status for connection in connections)
    for connection in connections:
        connection.close()
    assert statuses == [101] + [401] * 7


def test_a_ticket_is_good_for_thirty_seconds():
    with ShiftedClock() as clock:
        with Node(environment=clock.environment) as node:
            bea = Market(node.http).person("Bea")
            assert bea.api.post("/v1/ws/tickets", {}).expect(201)["expires_in"] == 30
            ticket, late = bea.ticket(), bea.ticket()
            clock.go_ahead(25)
            Live(node.http, ticket).cut()
            clock.go_ahead(6)
            assert shake(node, late).status == 401


def test_a_ticket_of_a_session_that_ended_is_worth_nothing(node, market, buyer):
    session, api = buyer.log_in()
    ticket = api.post("/v1/ws/tickets", {}).expect(201)["ticket"]
    market.visitor().post("/v1/auth/logout", {"refresh_token": session["refresh_token"]})
    assert shake(node, ticket).status == 401


def test_compression_is_not_offered_and_the_protocol_is_named(node, buyer):
    live = Live(node.http, buyer.ticket(),
                fields={"Sec-WebSocket-Extensions": "permessage-deflate"})
    fields = live.answer.fields
    assert "sec-websocket-extensions" not in fields
    assert fields["sec-websocket-protocol"] == "resalehub.v1.json"
    assert fields["request-id"] and fields["date"] and "server" not in fields
    live.cut()


def test_frames_right_behind_the_handshake_are_not_lost(node, buyer):
    early = frame(TEXT, b'{"v":1,"id":"1","type":"hello","data":{}}')
    early += frame(TEXT, b'{"v":1,"id":"2","type":"ping","data":{}}')
    live = Live(node.http, buyer.ticket(), early=early)
    assert [live.receive()["type"] for _ in range(2)] == ["welcome", "pong"]
    live.cut()


def test_what_stands_behind_a_refused_handshake_is_the_next_request(node):
    with RawConnection(node.http) as connection:
        connection.send(handshake("/v1/ws?ticket=x", node.http)
                        + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert [connection.answer().status for _ in range(2)] == [401, 200]


def test_a_plain_get_is_told_what_is_spoken_here(market):
    answer = market.visitor().exchange("GET", "/v1/ws", None, {})
    assert answer.status in (400, 426)
