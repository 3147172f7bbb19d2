"""What the live channel refuses, and how it ends: strangers, floods, slow and silent clients."""

import pathlib

import pytest

from harness.live import TEXT, Ended, Live, frame
from harness.node import Node
from harness.story import Market
from harness.waiting import wait_until

OPTIONS = {"auth.session_recheck_ms": 300}
FLOOD = 1_500  # messages of 4 kB: more than the system holds for a connection


@pytest.fixture
def room(seller, buyer):
    return buyer.room_about(seller.offer())
# -- refusals --------------------------------------------------------------------------------------


def test_a_foreign_room_and_one_that_is_not_there_look_the_same(market, seller, room):
    eve = market.person("Eve").live()
    absent = {"id": "room_" + "0" * 29}
    problems = []
    for one in (room, absent):
        answer = eve.ask("subscribe", {"after_seq": 0}, f"room:{one['id']}")
        assert answer["type"] == "error"
        problems.append(answer["data"])
        said = eve.ask("chat.send", {"client_msg_id": "1", "text": "Let me in"},
                       f"room:{one['id']}")
        assert said["data"]["code"] == "not_found"
    for one in problems:
        del one["request_id"], one["instance"]
    assert problems[0] == problems[1] and problems[0]["code"] == "not_found"
    assert seller.messages(room) == []


def test_who_tries_one_foreign_room_after_the_other_is_let_go(market, room):
    eve = market.person("Eve").live()
    for _ in range(30):
        eve.send("subscribe", {}, f"room:{room['id']}")
    assert eve.close_code() == 4403


@pytest.mark.parametrize("seq", [-1, 7, 2**53])
def test_a_place_that_does_not_exist_is_refused(buyer, room, seq):
    buyer.say(room, "one")
    live = buyer.live()
    answer = live.ask("resume", {"channels": {f"room:{room['id']}": seq}})
    assert answer["type"] == "error", answer
    assert answer["data"]["code"] in ("invalid_sequence", "out_of_range", "validation_failed")
    answer = live.ask("subscribe", {"after_seq": seq}, f"room:{room['id']}")
    assert answer["type"] == "error", answer
    live.leave()


def test_there_is_an_end_to_subscriptions(start_node):
    node = start_node({"limits.websocket_subscriptions": 3})
    market = Market(node.http)
    seller, buyer = market.seller(), market.person("Bea")
    rooms = [buyer.room_about(seller.offer()) for _ in range(4)]
    live = buyer.live()
    for room in rooms[:3]:
        live.subscribe(room)
    answer = live.ask("subscribe", {}, f"room:{rooms[3]['id']}")
    assert answer["data"]["code"] == "limit_exceeded"
    live.ask("unsubscribe", {}, f"room:{rooms[0]['id']}")
    live.subscribe(rooms[3])
    live.leave()


def test_too_many_messages_are_refused_and_then_it_is_enough(start_node):
    node = start_node({"limits.websocket_messages_per_min": 60, "limits.websocket_errors": 5})
    live = Market(node.http).person("Bea").live()
    refused = []
    for _ in range(100):
        live.send("ping")
    with pytest.raises(Ended) as end:
        while True:
            message = live.receive()
            if message["type"] == "error":
                refused.append(message["data"])
    assert end.value.code == 4429
    assert refused and {one["code"] for one in refused
} == {"rate_limited"}
    assert all(one["retry_after_ms"] > 0 for one in refused)


def test_chat_is_limited_on_the_live_channel_as_over_http(start_node):
    node = start_node({"limits.messages_per_min": 3})
    market = Market(node.http)
    buyer = market.person("Bea")
    room = buyer.room_about(market.seller().offer())
    live = buyer.live()
    answers = [live.ask("chat.send", {"client_msg_id": str(n), "text": "x"}, f"room:{room['id']}")
               for n in range(5)]
    assert [one["type"] for one in answers] == ["ack"] * 3 + ["error"] * 2
    assert answers[-1]["data"]["code"] == "rate_limited"
    live.leave()

# -- the end of a connection -----------------------------------------------------------------------


def test_who_does_not_answer_is_let_go(start_node):
    node = start_node({"limits.websocket_heartbeat_ms": 200, "limits.websocket_dead_ms": 900})
    bea = Market(node.http).person("Bea")
    polite, silent = bea.live(), bea.live()
    pings = 0
    with pytest.raises(Ended) as end:
        while True:
            opcode, payload = silent.receive_frame()
            pings += opcode == 9
            if opcode == 8:
                raise Ended(int.from_bytes(payload[:2], "big"))
            polite.ask("ping")
    assert end.value.code == 4408 and pings >= 2
    assert polite.ask("ping")["type"] == "pong"


def test_a_session_that_ends_ends_its_connections(market, buyer, room):
    session, api = buyer.log_in()
    ticket = api.post("/v1/ws/tickets", {}).expect(201)["ticket"]
    live = Live(market.http, ticket)
    live.hello()
    other = buyer.live()
    market.visitor().post("/v1/auth/logout", {"refresh_token": session["refresh_token"]})
    assert live.close_code() == 4401
    assert other.ask("ping")["type"] == "pong"
    other.leave()


def test_a_token_that_expires_ends_its_connections(start_node):
    node = start_node({"auth.access_ms": 2000, "auth.session_recheck_ms": 200})
    bea = Market(node.http).person("Bea")
    live = bea.live()
    assert live.ask("ping")["type"] == "pong"
    assert live.close_code() == 4401
    session, api = bea.log_in()
    live = Live(node.http, api.post("/v1/ws/tickets", {}).expect(201)["ticket"])
    live.hello()
    live.leave()


def flooded(node):
    """Two who watch a room; one does not read while more is said than may wait for it."""
    market = Market(node.http)
    seller, buyer = market.seller(), market.person("Bea")
    room = buyer.room_about(seller.offer())
    slow, quick = seller.live(), seller.live()
    for live in (slow, quick):
        live.subscribe(room)
    for number in range(1, FLOOD + 1):
        buyer.say(room, "x" * 4_000)
        assert quick.chat()["seq"] == number  # the other is not delayed
    return slow


def test_who_reads_too_slowly_is_told_to_come_back(start_node):
    slow = flooded(start_node({"limits.websocket_queue_bytes": 65_536}))
    seen = 0
    with pytest.raises(Ended) as end:
        while True:
            seen += 1
            assert slow.chat()["seq"] == seen
    assert end.value.code == 4430 and seen < FLOOD


def test_who_does_not_read_at_all_is_cut(start_node):
    node = start_node({"limits.websocket_queue_bytes": 65_536, "limits.write_ms": 500})
    slow = flooded(node)
    wait_until(lambda: is_cut(node, slow), "the slow one is cut", 5)


def is_cut(node, live):
    """Whether the node has let go of this connection: its side is not established any more."""
    ours = live.raw.socket.getsockname()[1]
    table = pathlib.Path(f"/proc/{node.pid}/net/tcp").read_text()
    for line in table.splitlines()[1:]:
        _, _, remote, state, *_ = line.split()
        if int(remote.split(":")[1], 16) == ours:
            return state != "01"
    return True


def test_a_connection_cut_inside_a_frame_leaves_nothing_behind(buyer, seller, room):
    live = buyer.live()
    message = ('{"v":1,"id":"9","type":"chat.send","ch":"room:%s","data":'
               '{"client_msg_id":"cut","text":"half"}}' % room["id"]).encode()
    live.send_bytes(frame(TEXT, message)[:-1])
    live.cut()
    buyer.say(room, "whole")
    assert [one["text"] for one in seller.messages(room)] == ["whole"]


def test_a_node_that_stops_says_when_to_come_back():
    with Node() as node:
        bea = Market(node.http).person("Bea")
        live = bea.live()
        node.terminate()
        message = live.receive()
        assert message["type"] == "server.draining"
        assert message["data"]["reconnect_in_ms"] >= 0
        assert live.close_code() == 1012
        assert node.wait() == 0
