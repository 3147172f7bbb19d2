"""Conversations: who is in them, and that what is said is numbered 1, 2, 3 and stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client, fresh_key


@pytest.fixture
def room(seller, buyer):
    return buyer.room_about(seller.offer())


def test_a_buyer_and_a_listing_have_one_room(seller, buyer):
    listing = seller.offer()
    first = buyer.api.keyed("/v1/rooms", {"listing_id": listing["id"]})
    again = buyer.api.keyed("/v1/rooms", {"listing_id": listing["id"]})
    assert (first.status, again.status) == (201, 200) and again.json == first.json
    room = first.json
    assert room["context"] == {"listing_id": listing["id"]}
    assert (room["last_seq"], room["read_seq"], room["unread"]) == (0, 0, 0)
    assert buyer.room_about(seller.offer())["id"] != room["id"]


def test_a_room_cannot_be_about_ones_own_listing_or_one_that_is_not_there(seller, buyer):
    seller.api.keyed("/v1/rooms", {"listing_id": seller.offer()["id"]}).refused(403, "forbidden")
    for absent in (seller.draft()["id"], "lst_x", buyer.id):
        buyer.api.keyed("/v1/rooms", {"listing_id": absent}).refused(404, "not_found")


def test_a_room_outlives_its_listing(seller, buyer, room):
    buyer.say(room, "Still there?")
    seller.act({"id": room["context"]["listing_id"]}, "close")
    seller.api.delete(f"/v1/listings/{room['context']['listing_id']}")
    assert seller.say(room, "No, sold.")["seq"] == 2
    assert buyer.room_about({"id": room["context"]["listing_id"]})["id"] == room["id"]


def test_the_same_message_sent_again_is_the_same(buyer, room):
    path = f"/v1/rooms/{room['id']}/messages"
    body = {"client_msg_id": "one", "text": "Hello"}
    first = buyer.api.post(path, body)
    again = buyer.api.post(path, body)
    assert (first.status, again.status) == (201, 200) and again.json == first.json
    buyer.api.post(path, body | {"text": "Something else"}).refused(422, "idempotency_key_reused")
    assert len(buyer.messages(room)) == 1


def test_the_name_of_a_message_is_its_senders_own(seller, buyer, room):
    path = f"/v1/rooms/{room['id']}/messages"
    for one in (seller, buyer):
        one.api.post(path, {"client_msg_id": "one", "text": one.name}).expect(201)
    assert [one["text"] for one in buyer.messages(room)] == [seller.name, buyer.name]


def test_what_was_said_is_not_read_by_strangers(market, buyer, room):
    buyer.say(room, "Between us")
    eve = market.person("Eve").api
    path = f"/v1/rooms/{room['id']}"
    eve.get(path).refused(404, "not_found")
    eve.get(f"{path}/messages").refused(404, "not_found")
    eve.post(f"{path}/messages", {"client_msg_id": "1", "text": "x"}).refused(404, "not_found")
    eve.put(f"{path}/read", {"seq": 1}).refused(404, "not_found")


def test_many_write_at_once_and_every_message_has_its_own_number(market, seller, buyer, room):
    writers = [(one, Client(market.http, one.api.token), n)
               for n, one in enumerate((seller, buyer) * 4)]
    path = f"/v1/rooms/{room['id']}/messages"

    def write(writer):
        _, api, number = writer
        return [api.post(path, {"client_msg_id": f"{number}-{n}", "text": f"{number} {n}"}).expect(
            201) for n in range(25)]

    with ThreadPoolExecutor(len(writers)) as pool:
        said = [message for part in pool.map(write, writers) for message in part]
    messages = buyer.messages(room)
    assert [one["seq"] for one in messages] == list(range(1, 201))
    assert sorted(said, key=lambda one: one["seq"]) == messages
    for number in range(len(writers)):  # what one writer said stays in its order
        own = [one["text"] for one in messages if one["text"].startswith(f"{number} ")]
        assert own == [f"{number} {n}" for n in range(25)]
    assert seller.see_room(room)["last_seq"] == 200


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 4_001, "a\u0000b", "a\u202eb"])
def test_a_message_that_says_nothing_or_too_much_is_refused(buyer, room, text):
    buyer.api.post(f"/v1/rooms/{room['id']}/messages",
                   {"client_msg_id": fresh_key(), "text": text}).refused(
                       422, "validation_failed", "out_of_range")
    assert buyer.messages(room) == []
