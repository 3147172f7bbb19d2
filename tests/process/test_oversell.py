"""Two hundred buyers at once: what is there is sold, once, and paid for, once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import fresh_key
from harness.waiting import PATIENCE, wait_until
from harness.writers import BROKEN

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

    ours = {checkout["id"] for checkout in checkouts}

    def captured():
        return sorted(one["checkout_id"] for one in market.captures() if one["checkout_id"] in ours)

    wait_until(lambda: len(captured()) >= stock, "the captures are listed", 2)
    assert captured() == sorted(one["id"] for one in won)
    sold = wait_until(lambda: len(sam.orders("seller")) >= stock and sam.orders("seller"),
                      "the seller sees the orders", 5)
    assert sorted(one["checkout_id"] for one in sold) == sorted(one["id"] for one in won)
    listing = sam.see(bicycle)
    assert (listing["available"], listing["status"]) == (0, "sold_out")


def test_of_two_hundred_buyers_of_one_bicycle_one_gets_it(market, crowd):
    race(market, crowd, stock=1)


def test_of_two_hundred_buyers_of_ten_bicycles_ten_get_one(market, crowd):
    race(market, crowd, stock=10)


def test_a_race_that_a_kill_cuts_off_sells_what_there_is_and_no_more(node, market, crowd):
    sam = market.seller("Sam")
    bicycle = sam.offer(quantity=10)
    few = crowd[:60]
    checkouts = [one.check_out(bicycle) for one in few]
    keys = [fresh_key() for _ in few]
    first = []

    def pay(one, checkout, key):
        try:
            answer = one.try_to_pay(checkout, key=key)
        except BROKEN:
            return
        first.append((checkout["id"], answer))
        if len(first) == 5:
            node.process.kill()

    all_at_once([lambda args=args: pay(*args) for args in zip(few, checkouts, keys)])
    node.wait()
    node.restart()

    def settled(one, checkout, key):
        def ask_again():
            answer = one.try_to_pay(checkout, key=key)
            return None if answer.json.get("retryable") else answer
        return wait_until(ask_again, "the payment is settled", 20)

    last = {checkout["id"]: settled(one, checkout, key)
            for one, checkout, key in zip(few, checkouts, keys)}
    for checkout_id, answer in first:
        if answer.status == 200:
            assert last[checkout_id].body == answer.body
    won = sorted(one for one, answer in last.items() if answer.status == 200)
    assert len(won) == 10, Counter(answer.status for answer in last.values())
    wait_until(lambda: won == sorted(one["checkout_id"] for one in market.captures()
                                     if one["checkout_id"] in last), "each paid once", 2)
    orders = [order["checkout_id"] for one in few for order in one.orders()]
    assert sorted(one for one in orders if one in last) == won
    assert sam.see(bicycle)["available"] == 0


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
    assert len(market.captures(checkout, due=1)) == 1
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
    assert len(market.captures(checkout, due=1)) == 1


def test_all_buyers_can_have_what_there_is_enough_of(market, seller, crowd):
    bicycle = seller.offer(quantity=BUYERS)
    few = crowd[:50]
    done = all_at_once([lambda one=one: one.buy(bicycle) for one in few])
    assert all(one["status"] == "completed" for one in done)
    assert seller.see(bicycle)["available"] == BUYERS - len(few)
