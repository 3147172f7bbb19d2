"""The live channel: what is said comes once and in order, after every kind of interruption."""

import threading

import pytest

from harness.client import fresh_key
from harness.live import Ended


@pytest.fixture
def room(seller, buyer):
    return buyer.room_about(seller.offer())


def sequences(live, count):
    return [live.chat()["seq"] for _ in range(count)]


def test_a_new_watcher_gets_what_was_said_and_then_what_is_said(seller, buyer, room):
    for number in range(1, 6):
        buyer.say(room, f"Message {number}")
    live = seller.live()
    assert live.subscribe(room, after_seq=2)["head_seq"] == 5
    assert sequences(live, 3) == [3, 4, 5]
    said = [buyer.say(room, "live"), seller.say(room, "also mine")]
    assert [live.chat() for _ in range(2)] == said
    live.leave()


def test_without_a_place_to_begin_only_what_is_said_from_now_on_comes(buyer, seller, room):
    buyer.say(room, "before")
    live = seller.live()
    live.subscribe(room)
    buyer.say(room, "after")
    assert live.chat()["text"] == "after"
    live.leave()


def test_nothing_is_missed_or_repeated_while_others_write(buyer, seller, room):
    """Each of many subscriptions begins in the middle of a stream of messages."""
    last = 120

    def write():
        for number in range(last):
            buyer.say(room, f"Message {number}")

    writing = threading.Thread(target=write)
    writing.start()
    watchers = []
    while writing.is_alive() and len(watchers) < 20:
        live = seller.live()
        after = seller.see_room(room)["last_seq"] // 2
        live.subscribe(room, after_seq=after)
        watchers.append((live, after))
    writing.join()
    assert len(watchers) >= 3
    for live, after in watchers:
        assert sequences(live, last - after) == list(range(after + 1, last + 1))
        live.cut()


def resumed(live, room, seen):
    """What a resume brings: the places of the messages before it is done."""
    reference = live.send("resume", {"channels": {f"room:{room['id']}": seen}})
    brought = []
    while True:
        message = live.receive()
        if message["type"] == "chat.message":
            brought.append(message["seq"])
        if message["type"] == "resumed":
            assert (message["ref"], message["ch"]) == (reference, f"room:{room['id']}")
            return brought


def test_a_lost_connection_is_taken_up_where_it_ended(buyer, seller, room):
    live = seller.live()
    live.subscribe(room, after_seq=0)
    for number in range(1, 10, 3):
        buyer.say(room, "heard")
        assert live.chat()["seq"] == number
        live.cut()
        buyer.say(room, "missed")
        buyer.say(room, "missed")
        live = seller.live()
        assert resumed(live, room, seen=number) == [number + 1, number + 2]
    assert live.ask("ping")["type"] == "pong" and live.set_aside == []
    live.leave()


def test_a_resume_may_stand_in_the_greeting(buyer, seller, room):
    buyer.say(room, "missed")
    live = seller.connect()
    assert live.ask("hello", {"last": {f"room:{room['id']}": 0}})["type"] == "welcome"
    kinds = [live.receive() for _ in range(3)]
    assert [one["seq"] for one in kinds if one["type"] == "chat.message"] == [1]
    assert kinds[-1]["type"] == "resumed"
    live.leave()


def test_who_was_away_for_very_long_is_told_what_to_fetch(buyer, seller, room):
    """More than a connection may hold is read over HTTP."""
    for _ in range(160):
        buyer.say(room, "x" * 4_000)
    live = seller.live()
    live.send("subscribe", {"after_seq": 0}, f"room:{room['id']}")
    assert live.receive()["type"] == "subscribed"
    gap = live.receive()
    assert gap["type"] == "gap" and gap["data"]["from"] == 1, gap
    to = gap["data"]["to"]
    assert sequences(live, 160 - to) == list(range(to + 1, 161))
    fetched = seller.api.get(gap["data"]["fetch_url"]).expect(200)["data"]
    assert [one["seq"] for one in fetched] == list(range(1, len(fetched) + 1))
    live.leave()


def test_a_killed_node_is_taken_up_where_it_ended(node, buyer, seller, room):
    live = seller.live()
    live.subscribe(room, after_seq=0)
    buyer.say(room, "first")
    assert sequences(live, 1) == [1]
    node.kill()
    with pytest.raises(Ended):
        live.receive()
    node.restart()
    buyer.say(room, "second")
    live = seller.live()
    live.subscribe(room, after_seq=1)
    assert live.chat()["text"] == "second"
    live.leave()


def test_a_message_is_acknowledged_once_it_is_stored_and_the_same_one_again(node, buyer, seller,
                                                                           room):
    live, channel = buyer.live(), f"room:{room['id']}"
    live.subscribe(room)
    message = {"client_msg_id": fresh_key(), "text": "Hello"}
    first = live.ask("chat.send", message, channel)
    assert first["type"] == "ack" and first["ch"] == channel
    again = live.ask("chat.send", message, channel)
    assert again["data"] == first["data"]
    answer = buyer.api.post(f"/v1/rooms/{room['id']}/messages", message)
    assert answer.expect(200)["id"] == first["data"]["message_id"]
    assert live.ask("chat.send", message | {"text": "Other"}, channel)["data"]["code"] == (
        "idempotency_key_reused")
    node.kill()
    node.restart()
    [stored] = seller.messages(room)
    assert (stored["id"], stored["seq"]) == (first["data"]["message_id"], 1)


def test_what_was_read_is_marked_and_never_goes_back(buyer, seller, room):
    for number in range(3):
        buyer.say(room, f"Message {number}")
    assert seller.see_room(room)["unread"] == 3
    live = seller.live()
    live.subscribe(room)
    live.ask("chat.read", {"seq": 2}, f"room:{room['id']}")
    assert (seller.see_room(room)["read_seq"], seller.see_room(room)["unread"]) == (2, 1)
    path = f"/v1/rooms/{room['id']}/read"
    assert seller.api.put(path, {"seq": 1}).expect(200)["read_seq"] == 2
    assert seller.api.put(path, {"seq": 3}).expect(200)["unread"] == 0
    seller.api.put(path, {"seq": 4}).refused(422, "invalid_sequence")
    live.leave()


def test_who_stops_watching_hears_nothing_more(buyer, seller, room):
    live = seller.live()
    live.subscribe(room)
    live.ask("unsubscribe", {}, f"room:{room['id']}")
    buyer.say(room, "nobody hears me")
    assert live.ask("ping")["type"] == "pong"
    assert live.set_aside == []
    live.leave()


def test_two_hundred_watchers_hear_the_same(buyer, seller, room):
    watchers = [seller.live() for _ in range(200)]
    for live in watchers:
        live.subscribe(room)
    said = [buyer.say(room, f"Message {n}") for n in range(5)]
    for live in watchers:
        assert [live.chat() for _ in range(5)] == said
        live.cut()
