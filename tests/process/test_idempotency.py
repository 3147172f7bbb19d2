"""Idempotency-Key: the same key gives the same answer and no second effect."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client, fresh_key
from harness.node import Node
from harness.shims import ShiftedClock
from harness.story import DECLINED_CARD, Market, bicycle, euros
from harness.waiting import wait_until


def test_a_repeated_key_gives_the_stored_answer_and_says_so(seller):
    key = fresh_key()
    first = seller.api.post("/v1/listings", bicycle(), key=key)
    again = seller.api.post("/v1/listings", bicycle(), key=key)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.replayed and not first.replayed
    assert again.etag == first.etag
    assert len(seller.api.pages("/v1/me/listings")) == 1


def test_the_stored_answer_does_not_change_with_what_it_made(seller):
    key = fresh_key()
    first = seller.api.post("/v1/listings", bicycle(), key=key)
    seller.publish(first.json)
    again = seller.api.post("/v1/listings", bicycle(), key=key)
    assert again.json["status"] == "draft" and again.body == first.body


def test_the_order_and_the_white_space_of_the_body_do_not_matter(seller):
    key = fresh_key()
    first = seller.api.post("/v1/listings", bicycle(), key=key).expect(201)
    turned = json.dumps(dict(reversed(bicycle().items())), indent=3).encode()
    assert seller.api.post("/v1/listings", turned, key=key).expect(201) == first


def test_of_requests_at_the_same_time_one_is_the_first(seller, buyer):
    path = f"/v1/rooms/{buyer.room_about(seller.offer())['id']}/messages"
    voices = [Client(buyer.api.address, buyer.api.token) for _ in range(4)]
    for number in range(10):
        body = {"client_msg_id": f"c{number}", "text": "Hello"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda api: api.post(path, body), voices))
        assert sorted(one.status for one in answers) == [200, 200, 200, 201]
        assert all(one.replayed == (one.status == 200) for one in answers)
        assert len({one.body for one in answers}) == 1


def test_a_repeated_refusal_says_so_when_it_was_kept(seller, buyer):
    checkout = buyer.check_out(seller.offer())
    buyer.reserve(checkout)
    key, path = fresh_key(), f"/v1/checkouts/{checkout['id']}/complete"
    body = {"payment_method": DECLINED_CARD}
    first, again = (buyer.api.post(path, body, key=key) for _ in range(2))
    assert first.status == again.status == 402
    assert again.replayed and not first.replayed


def test_the_same_key_with_another_body_is_refused(seller):
    key = fresh_key()
    seller.api.post("/v1/listings", bicycle(), key=key).expect(201)
    seller.api.post("/v1/listings", bicycle(price=euros(1)), key=key).refused(
        422, "idempotency_key_reused")
    assert len(seller.api.pages("/v1/me/listings")) == 1


def test_a_key_belongs_to_its_caller_and_its_address(market, seller):
    key = fresh_key()
    mine = seller.api.post("/v1/listings", bicycle(), key=key).expect(201)
    other = market.seller("Tea")
    assert other.api.post("/v1/listings", bicycle(), key=key).expect(201)["id"] != mine["id"]
    path = f"/v1/listings/{mine['id']}/stock-adjustments"
    assert seller.api.post(path, {"delta": 1, "reason": "found"}, key=key).expect(
        200)["quantity"] == 2


def test_a_refused_request_may_be_sent_again_under_its_key(seller):
    """What was refused before it began is not stored."""
    key = fresh_key()
    seller.api.post("/v1/listings", bicycle(quantity=0), key=key).refused(
        422, "out_of_range", "validation_failed")
    seller.api.post("/v1/listings", bicycle(quantity=1), key=key).expect(201)


def test_every_keyed_request_takes_effect_once(market, seller, buyer):
    thing = seller.offer(quantity=9)
    cart = buyer.cart()
    requests = [
        (seller, f"/v1/listings/{thing['id']}/stock-adjustments", {"delta": 1, "reason": "one"}),
        (buyer, f"/v1/carts/{cart['id']}/items", {"listing_id": thing["id"], "quantity": 2}),
        (buyer, "/v1/checkouts", {"listing_id": thing["id"], "quantity": 1}),
        (buyer, "/v1/rooms", {"listing_id": thing["id"]}),
    ]
    for person, path, body in requests:
        key = fresh_key()
        first = person.api.post(path, body, key=key)
        first.expect(200, 201)
        again = person.api.post(path, body, key=key)
        assert (again.status, again.body, again.replayed) == (first.status, first.body, True)
    assert seller.see(thing)["quantity"] == 10
    assert buyer.see_cart(cart)["lines"][0]["quantity"] == 2
    checkout = buyer.check_out(thing)
    for step, body in (("reserve", {}), ("complete", {"payment_method": "pm_card_visa"})):
        key, path = fresh_key(), f"/v1/checkouts/{checkout['id']}/{step}"
        first = buyer.api.post(path, body, key=key)
        first.expect(200)
        again = buyer.api.post(path, body, key=key)
        assert (again.body, again.replayed) == (first.body, True)
    assert len(market.captures(checkout, due=1)) == 1


def test_a_declined_payment_repeated_under_its_key_stays_declined(market, seller, buyer):
    checkout = buyer.check_out(seller.offer())
    key = fresh_key()
    first = buyer.try_to_pay(checkout, "pm_card_visa_chargeDeclined", key)
    assert first.refused(402, "payment_declined")["meta"]["decline_code"]
    buyer.try_to_pay(checkout, "pm_card_visa_chargeDeclined", key).refused(
        402, "payment_declined")
    buyer.try_to_pay(checkout, "pm_card_visa", key).refused(422, "idempotency_key_reused")
    buyer.pay(checkout)


def test_a_request_whose_first_still_runs_is_told_so(start_node):
    node = start_node({"limits.idempotency_wait_ms": 300})
    market = Market(node.http, node.admin)
    buyer = market.person("Bea")
    checkout = buyer.reserve(buyer.check_out(market.seller("Sam").offer()))
    path = f"/v1/checkouts/{checkout['id']}/complete"
    body, key = {"payment_method": "pm_sandbox_timeout"}, fresh_key()
    other = buyer.log_in()[1]
    waiting = threading.Thread(target=lambda: other.post(path, body, key=key))
    waiting.start()
    wait_until(lambda: buyer.see_checkout(checkout)["status"] == "awaiting_payment",
               "the payment is under way")
    again = buyer.api.post(path, body, key=key)
    again.refused(409, "idempotency_in_progress")
    assert int(again.field("Retry-After")) >= 1
    buyer.give_up(checkout)
    waiting.join(10)


def test_past_its_deadline_a_request_may_be_asked_about_or_sent_again(start_node):
    node = start_node({"limits.request_deadline_ms": 400, "limits.idempotency_wait_ms": 200,
                       "checkout.hold_ms": 2_000})
    market = Market(node.http, node.admin)
    buyer, seller = market.person("Bea"), market.seller("Sam")
    thing = seller.offer()
    checkout, key = buyer.check_out(thing), fresh_key()
    problem = buyer.try_to_pay(checkout, "pm_sandbox_timeout", key).refused(
        504, "deadline_exceeded")
    assert problem["effect"] == "unknown" and problem["retryable"]
    again = buyer.try_to_pay(checkout, "pm_sandbox_timeout", key)
    assert again.status in (409, 504) and again.json["retryable"]
    wait_until(lambda: seller.see(thing)["available"] == 1, "the hold ends", 6)
    buyer.try_to_pay(checkout, "pm_sandbox_timeout", key).refused(409, "reservation_expired")
    assert market.captures(checkout) == []


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\tinside", "caf\u00e9"])
def test_a_key_of_a_wrong_shape_is_refused(seller, key):
    seller.api.post("/v1/listings", bicycle(), key=key.encode("latin-1")).refused(
        400, "idempotency_key_required", "malformed_request")


def test_a_key_may_have_255_characters(seller):
    seller.api.post("/v1/listings", bicycle(), key="k" * 255).expect(201)


def test_a_key_is_known_for_a_day_and_then_never_does_half_of_anything():
    with ShiftedClock() as clock:
        with Node({"auth.access_ms": 86_400_000}, environment=clock.environment) as node:
            seller = Market(node.http, node.admin).seller()
            key = fresh_key()
            first = seller.api.post("/v1/listings", bicycle(), key=key)
            clock.go_ahead(23 * 3600)
            again = seller.api.post("/v1/listings", bicycle(), key=key)
            assert again.body == first.body and again.replayed
            clock.go_ahead(2 * 3600)
            _, later = seller.log_in()
            answer = later.post("/v1/listings", bicycle(), key=key)
            assert answer.status in (201, 409, 422), answer
            made = len(later.pages("/v1/me/listings"))
            assert made in (1, 2)
