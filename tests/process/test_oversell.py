"""Two hundred buyers at once: what is there is sold, once, and paid for, once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.waiting import PATIENCE, wait_until

BUYERS = 200
OPTIONS = {"limits.request_deadline_ms": 60_000}


@pytest.fixture(scope="module")
def crowd(market):
    with ThreadPoolExecutor(16) as pool:
        people = list(pool.map(market.person, [f"Buyer {n}" for n in range(BUYERS)]))
    yield people
    for one in people:
        one.leave()


def all_at_once(actions):
    """Each in a thread of its own, let go together; their outcomes."""
    gate = threading.Barrier(len(actions), timeout=60 * PATIENCE)

    def run(action):
        gate.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [one.result() for one in [pool.submit(run, action) for action in actions]]


def race(market, crowd, stock):
    sam = market.seller("Sam")
    bicycle = sam.offer(quantity=stock)
    checkouts = [one.check_out(bicycle) for one in crowd]
    answers = all_at_once([lambda one=one, checkout=checkout: one.try_to_pay(checkout)
                           for one, checkout in zip(crowd, checkouts)])

    won = [checkout for checkout, answer in zip(checkouts, answers) if answer.status == 200]
    assert Counter(answer.status for answer in answers) == {200: stock, 409: BUYERS - stock}
    for answer in answers:
        if answer.status == 409:
            assert answer.refused(409, "insufficient_stock")["meta"]["available"] == 0

    captured = [one["checkout_id"] for one in market.captures()]
    ours = {checkout["id"] for checkout in checkouts}
    assert sorted(one for one in captured if one in ours) == sorted(one["id"] for one in won)
    sold = wait_until(lambda: len(sam.orders("seller")) >= stock and sam.orders("seller"),
                      "the seller sees the orders", 5)
    assert sorted(one["checkout_id"] for one in sold) == sorted(one["id"] for one in won)
    listing = sam.see(bicycle)
    assert (listing["available"], listing["status"]) == (0, "sold_out")


def test_of_two_hundred_buyers_of_one_bicycle_one_gets_it(market, crowd):
    race(market, crowd, stock=1)


def test_of_two_hundred_buyers_of_ten_bicycles_ten_get_one(market, crowd):
    race(market, crowd, stock=10)


def test_a_buyer_who_pays_twice_at_once_pays_once(market, seller, buyer):
    bicycle = seller.offer(quantity=5)
    checkout = buyer.check_out(bicycle)
    second = buyer.log_in()[1]

    def pay(api, key):
        return api.post(f"/v1/checkouts/{checkout['id']}/complete",
                        {"payment_method": "pm_card_visa"}, key=key)

    answers = all_at_once([lambda: pay(buyer.api, "one"), lambda: pay(second, "two")])
    statuses = sorted(answer.status for answer in answers)
    assert statuses in ([200, 200], [200, 409]), [str(answer) for answer in answers]
    assert len(market.captures(checkout)) == 1
    assert len(buyer.orders()) == 1
    assert seller.see(bicycle)["available"] == 4


def test_the_same_payment_sent_twice_at_once_is_one_payment(market, seller, buyer):
    checkout = buyer.check_out(seller.offer())
    second = buyer.log_in()[1]

    def pay(api):
        return api.post(f"/v1/checkouts/{checkout['id']}/complete",
                        {"payment_method": "pm_card_visa"}, key="the same")

    first, again = all_at_once([lambda: pay(buyer.api), lambda: pay(second)])
    assert first.expect(200) == again.expect(200)
    assert len(market.captures(checkout)) == 1


def test_all_buyers_can_have_what_there_is_enough_of(market, seller, crowd):
    bicycle = seller.offer(quantity=BUYERS)
    few = crowd[:50]
    done = all_at_once([lambda one=one: one.buy(bicycle) for one in few])
    assert all(one["status"] == "completed" for one in done)
    assert seller.see(bicycle)["available"] == BUYERS - len(few)
