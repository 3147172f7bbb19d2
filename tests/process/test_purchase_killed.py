"""A purchase killed behind every single commit that it makes, once per commit: whether it is sent
again or forgotten, it ends complete or undone as a whole."""

import subprocess

import pytest

from harness.client import fresh_key
from harness.node import Node
from harness.shims import Fuse
from harness.story import CARD, Market
from harness.waiting import wait_until
from harness.writers import BROKEN

COMMITS_MAX = 200  # a purchase that makes more goes on for ever


class Purchase:
    """Two things of two sellers, by way of a cart; each step under a key of its own."""

    def __init__(self, market, sellers):
        self.market = market
        self.things = [(one, one.offer()) for one in sellers]
        self.buyer = market.person("Ada")
        cart = self.buyer.cart()
        for _, thing in self.things:
            self.buyer.put_in(cart, thing)
        self.cart = cart
        self.keys = [fresh_key(), fresh_key(), fresh_key()]
        self.checkout = None

    def send(self):
        """All of it, from the beginning; repeated, it is the same purchase."""
        start, reserve, complete = self.keys
        api = self.buyer.api
        self.checkout = self.patiently("/v1/checkouts", {"cart_id": self.cart["id"]}, start, 201)
        path = f"/v1/checkouts/{self.checkout['id']}"
        self.patiently(f"{path}/reserve", {}, reserve, 200)
        done = self.patiently(f"{path}/complete", {"payment_method": CARD}, complete, 200)
        assert api.get(path).expect(200)["order_ids"] == done["order_ids"]
        return done

    def patiently(self, path, body, key, status):
        """What was interrupted may still run when it is sent again."""
        def settled():
            answer = self.buyer.api.post(path, body, key=key)
            if answer.status in (409, 503) and answer.json["retryable"]:
                return None
            return answer.expect(status)
        return wait_until(settled, f"{path} is settled", 20)

    def figures(self):
        """What there is of it: orders, captures, things left, and the checkout's state."""
        mine = self.market.captures(self.checkout) if self.checkout else []
        state = self.buyer.see_checkout(self.checkout)["status"] if self.checkout else "absent"
        left = [seller.see(thing)["available"] for seller, thing in self.things]
        return len(self.buyer.orders()), len(mine), left, state

    def is_complete(self):
        return self.figures() == (2, 1, [0, 0], "completed")

    def is_undone(self):
        orders, captures, left, state = self.figures()
        return ((orders, captures, left) == (0, 0, [1, 1])
                and state in ("absent", "open", "expired", "cancelled"))

    def check_complete(self):
        [capture] = self.market.captures(self.checkout, due=1)
        assert capture["amount"] == self.checkout["totals"]["total"]
        assert self.is_complete(), self.figures()
        group = {order["order_group_id"] for order in self.buyer.orders()}
        assert len(group) == 1
        for seller, thing in self.things:
            [sold] = wait_until(lambda: [one for one in seller.orders("seller")
                                         if one["lines"][0]["listing_id"] == thing["id"]],
                                "the seller sees the order", 5)
            assert sold["order_group_id"] in group
        assert self.buyer.see_cart(self.cart)["status"] == "completed"
        assert self.buyer.cart()["id"] != self.cart["id"]


def survives(fuse, node, purchase, commits):
    """Whether the purchase was made without so many commits. Its last ones come behind its answer:
    they kill when nobody waits for the node any more."""
    fuse.light(commits)
    try:
        purchase.send()
        if fuse.put_out() < commits:
            return True
        node.wait(seconds=2)
    except BROKEN:
        node.wait()
    except subprocess.TimeoutExpired:
        return True  # put out in the very moment when it burnt down
    fuse.put_out()
    return False


def kill_once_per_commit(fuse, node, market, after):
    """Calls `after(purchase)` behind each kill; how many commits a purchase made."""
    sellers = [market.seller("Sam"), market.seller("Tea")]
    for commits in range(1, COMMITS_MAX):
        purchase = Purchase(market, sellers)
        if survives(fuse, node, purchase, commits):
            purchase.check_complete()
            return commits - 1
        node.restart()
        after(purchase)
    raise AssertionError(f"a purchase makes more than {COMMITS_MAX} commits")


@pytest.fixture
def fuse():
    with Fuse() as one:
        yield one


def test_a_purchase_killed_behind_each_commit_and_sent_again_is_complete(fuse):
    def send_again(purchase):
        purchase.send()
        purchase.check_complete()

    with Node(environment=fuse.environment) as node:
        market = Market(node.http, node.admin)
        assert kill_once_per_commit(fuse, node, market, send_again) >= 5
        check_money(market)


def test_a_purchase_killed_behind_each_commit_and_forgotten_is_complete_or_undone(fuse):
    forgotten = []
    with Node({"checkout.hold_ms": 3_000}, environment=fuse.environment) as node:
        market = Market(node.http, node.admin)
        assert kill_once_per_commit(fuse, node, market, forgotten.append) >= 5
        for purchase in forgotten:
            wait_until(lambda: purchase.is_complete() or purchase.is_undone(),
                       "what was interrupted comes to an end", 15)
        undone = [one for one in forgotten if one.is_undone()]
        complete = [one for one in forgotten if one.is_complete()]
        assert len(undone) + len(complete) == len(forgotten)
        assert undone and complete  # early kills undo, late ones complete
        for purchase in complete:
            purchase.check_complete()
        check_money(market)


def check_money(market):
    """Each capture has its checkout, none two."""
    checkouts = [one["checkout_id"] for one in market.captures()]
    assert len(checkouts) == len(set(checkouts))
