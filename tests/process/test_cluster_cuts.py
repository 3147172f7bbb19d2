"""One node of three is cut off by the network: both ways, and one way only."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client, fresh_key
from harness.network import NetworkedCluster, why_no_network
from harness.waiting import PATIENCE, wait_until
from harness.writers import BROKEN

pytestmark = pytest.mark.skipif(bool(why_no_network()), reason=why_no_network())

GRACE_S = 0.5  # after a cut: until then answers may be right still
ANSWER_S = 2.0
CUT_S = 5.0


class Party:
    """Somebody who buys, somebody who sells, and what is sold."""

    def __init__(self, market):
        self.buyer, self.seller = market.person("Ada"), market.seller("Sam")
        self.counted, self.other = self.seller.offer(quantity=1), self.seller.offer()
        self.added = 0


@pytest.fixture(scope="module")
def cluster():
    with NetworkedCluster(3) as running:
        market = running[1].market()
        running.parties = [Party(market) for _ in range(6)]
        yield running


class Asker:
    """Sends requests of many kinds to one node, and notes what came of each, and when."""

    def __init__(self, member, party):
        self.person = Client(member.http, party.buyer.api.token)
        self.seller = Client(member.http, party.seller.api.token)
        bicycle = party.other
        self.kinds = [
            (self.person, "GET", "/v1/me", None),
            (self.seller, "POST", f"/v1/listings/{bicycle['id']}/stock-adjustments",
             {"delta": 1, "reason": "again"}),
            (self.person, "GET", f"/v1/listings/{bicycle['id']}", None),
            (self.person, "GET", "/v1/listings", None),
            (self.seller, "GET", "/v1/me/listings", None),
            (self.person, "POST", "/v1/carts", {}),
            (self.person, "GET", "/v1/orders?role=buyer", None),
        ]
        self.asked = []

    def ask_until(self, end, first):
        number = first
        while time.monotonic() < end:
            client, method, path, body = self.kinds[number % len(self.kinds)]
            begun = time.monotonic()
            answer = client.call(method, path, body, key=fresh_key() if body is not None else None)
            self.asked.append((begun, time.monotonic() - begun, answer))
            number += 1


class Adder:
    """Adds to one listing at the nodes it is given until it is stopped."""

    def __init__(self, party, gateways):
        self.party = party
        self.clients = [Client(one.http, party.seller.api.token) for one in gateways]
        self.done, self.longest, self.refused = 0, 0.0, []
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            key, since = fresh_key(), time.monotonic()
            while not self.added(self.clients[self.done % len(self.clients)], key):
                assert time.monotonic() - since < 15 * PATIENCE, "the majority does not go on"
            self.done += 1
            self.party.added += 1
            self.longest = max(self.longest, time.monotonic() - since)

    def added(self, client, key):
        try:
            answer = client.post(f"/v1/listings/{self.party.counted['id']}/stock-adjustments",
                                 {"delta": 1, "reason": "more"}, key=key)
        except BROKEN as broken:
            answer = broken
        if getattr(answer, "status", 0) == 200:
            return True
        self.refused.append(str(answer))
        return False


def watch_readiness(member, since, end):
    """After how long it was not ready any more; it must stay so."""
    turned = None
    while time.monotonic() < end:
        ready = member.ready()
        assert turned is None or not ready, "ready again, though it is cut off"
        if turned is None and not ready:
            turned = time.monotonic() - since
        time.sleep(0.02)
    return turned


def check_cut(cluster, cut, heal):
    lonely, others = cluster[0], cluster.members[1:]
    adders = [Adder(party, others) for party in cluster.parties]
    askers = [Asker(lonely, party) for party in cluster.parties]
    with ThreadPoolExecutor(len(askers) + len(adders) + 1) as pool:
        adding = [pool.submit(one.run) for one in adders]
        try:
            wait_until(lambda: all(one.done >= 5 for one in adders), "the load runs", 10)
            cut()
            since = time.monotonic()
            end = since + CUT_S
            watching = pool.submit(watch_readiness, lonely, since, end)
            for one in [pool.submit(asker.ask_until, end, first)
                        for first, asker in enumerate(askers)]:
                one.result()
            turned = watching.result()
            before = [one.done for one in adders]
            wait_until(lambda: all(one.done >= was + 5 for one, was in zip(adders, before)),
                       "the majority goes on", 10)
            wait_until(lambda: all(one.ready() for one in others), "it is ready", 5)
        finally:
            heal()
            for one in adders:
                one.stopped.set()
            for one in adding:
                one.result()
    late = [one for asker in askers for one in asker.asked if one[0] - since >= GRACE_S]
    wrong = [f"{begun - since:.2f} s after the cut, {took:.2f} s: {answer}"
             for begun, took, answer in late
             if took > ANSWER_S * PATIENCE or answer.status != 503]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(late)}", *wrong[:20]])
    for _, _, answer in late:
        answer.refused(503, "shard_unavailable")
    assert len(late) >= 12 and turned is not None and turned <= 2 * PATIENCE, (len(late), turned)
    for one in adders:
        assert one.longest < 5 * PATIENCE, (one.longest, one.refused)
    check_converged(cluster)


def check_converged(cluster):
    lonely = cluster[0]
    wait_until(lonely.ready, "it is back", 10, show=cluster.logs)
    cluster.wait_until_whole()
    for party in cluster.parties:
        reader = Client(lonely.http, party.seller.api.token)
        seen = read(reader, f"/v1/listings/{party.counted['id']}")
        assert seen["quantity"] == 1 + party.added


def read(client, path):
    """What the first answer says that is none of a leadership on its way."""
    def look():
        said = client.get(path)
        return said if said.status != 503 else None

    return wait_until(look, path, 10).expect(200)


def test_a_node_whose_cable_is_pulled_refuses_everything_soon_and_comes_back(cluster):
    check_cut(cluster, lambda: cluster.network.unplug(1), lambda: cluster.network.plug(1))


def test_a_node_that_is_not_heard_refuses_everything_soon_and_comes_back(cluster):
    def each(what):
        for other in (2, 3):
            what(1, other)

    check_cut(cluster, lambda: each(cluster.network.lose), lambda: each(cluster.network.deliver))


def test_a_node_that_does_not_hear_refuses_everything_soon_and_comes_back(cluster):
    def each(what):
        for other in (2, 3):
            what(other, 1)

    check_cut(cluster, lambda: each(cluster.network.lose), lambda: each(cluster.network.deliver))
