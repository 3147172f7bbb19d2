"""Limits of rates: who asks too often is told to wait, for how long, and nobody else is."""

import itertools
from concurrent.futures import ThreadPoolExecutor

from harness.client import Client
from harness.node import Node
from harness.story import PASSWORD, Market
from harness.waiting import wait_until

OPTIONS = {"limits.signup_per_min": 30, "limits.login_per_min": 5, "limits.messages_per_min": 6,
           "limits.rooms_per_h": 3}


def refused_at(call, most):
    """How many are let through before one is told to wait."""
    for number in range(most + 1):
        answer = call()
        if answer.status == 429:
            problem = answer.refused(429, "rate_limited")
            assert problem["retryable"] and problem["retry_after_ms"] > 0
            assert int(answer.field("Retry-After")) >= 1
            return number
    return None


def test_signing_in_is_limited(market, buyer):
    body = {"email": buyer.email, "password": "wrong"}
    assert refused_at(lambda: market.visitor().post("/v1/auth/login", body), 8) == 5


def test_chat_is_limited_by_person_not_by_room(market, seller, buyer):
    rooms = [buyer.room_about(seller.offer()) for _ in range(2)]

    numbers = itertools.count()

    def say():
        number = next(numbers)
        return buyer.api.post(f"/v1/rooms/{rooms[number % 2]['id']}/messages",
                              {"client_msg_id": str(number), "text": "again"})

    assert refused_at(say, 9) == 6
    seller.say(rooms[0], "I am another person.")


def test_opening_rooms_is_limited(seller):
    ada = Market(seller.market.http).person("Ada")
    listings = [seller.offer() for _ in range(5)]
    first = listings[-1]
    assert refused_at(lambda: ada.api.keyed(
        "/v1/rooms", {"listing_id": listings.pop()["id"]}), 4) == 3
    room = ada.api.keyed("/v1/rooms", {"listing_id": first["id"]})  # is not opened anew
    assert room.expect(200)["context"]["listing_id"] == first["id"]


def test_answers_tell_what_is_left(buyer):
    fields = [buyer.api.get("/v1/me") for _ in range(2)]
    for answer in fields:
        assert answer.field("RateLimit-Policy") and answer.field("RateLimit")


def test_waiting_as_long_as_told_is_enough():
    with Node({"limits.login_per_min": 60}) as node:
        market = Market(node.http, node.admin)
        bea = market.person("Bea")
        body = {"email": bea.email, "password": PASSWORD}
        api = Client(node.http)
        assert refused_at(lambda: api.post("/v1/auth/login", body), 200) is not None
        answer = api.post("/v1/auth/login", body)
        wait_until(lambda: api.post("/v1/auth/login", body).status == 200,
                   "there is room again", int(answer.field("Retry-After") or 1) + 2, pause=0.2)


def test_signing_up_is_limited_by_address():
    limit = 3
    with Node({"limits.signup_per_min": limit}) as node:
        api, number = Client(node.http), iter(range(100))
        assert refused_at(lambda: api.keyed("/v1/auth/signup", {
            "email": f"n{next(number)}@example.org", "password": PASSWORD,
            "display_name": "N"}), limit + 3) == limit


def test_who_does_not_fit_into_the_queue_of_passwords_is_told_to_come_again():
    """Hashing a password is dear on purpose: its queue is short, and full is not silent."""
    with Node({"auth.argon2_queue": 1, "auth.argon2_memory_bytes": 64 << 20,
               "auth.argon2_passes": 3}) as node:
        market = Market(node.http, node.admin)
        bea = market.person("Bea")

        def log_in(_):
            return Client(node.http).post("/v1/auth/login", {"email": bea.email,
                                                            "password": PASSWORD})

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(log_in, range(12)))
        assert {answer.status for answer in answers} == {200, 503}
        for answer in answers:
            if answer.status == 503:
                assert answer.refused(503, "overloaded")["effect"] == "none"
        bea.me()
