"""A leader's process is stopped for ten seconds and goes on: it says nothing that is outdated."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client, fresh_key
from harness.cluster import Cluster, fetch
from harness.network import NetworkedCluster, why_no_network
from harness.waiting import PATIENCE, wait_until
from harness.writers import BROKEN

PAUSE_S = 10.0
LISTINGS = 8
BURST_S = 3.0  # after it goes on
LISTS = ("/v1/me/listings", "/v1/listings?limit=100")


@pytest.fixture
def cluster():
    with Cluster(3) as running:
        yield running


class Shelf:
    """One listing: what is known of its quantity for sure, and all that was acknowledged."""

    def __init__(self, market):
        self.seller = market.seller("Sam")
        self.listing = self.seller.offer(quantity=1)
        self.path = f"/v1/listings/{self.listing['id']}"
        self.lock = threading.Lock()
        self.least = 1       # every later read must see so many
        self.open = 0        # additions that may have happened
        self.versions = []   # of acknowledged additions

    def client(self, member):
        return Client(member.http, self.seller.api.token)

    def note(self, seen):
        with self.lock:
            self.least = max(self.least, seen["quantity"])

    def add(self, client, key=None):
        """Whether it was acknowledged; what was acknowledged counts upon what was before."""
        least = self.least
        try:
            answer = client.post(f"{self.path}/stock-adjustments", {"delta": 1, "reason": "more"},
                                 key=key or fresh_key())
        except BROKEN:
            answer = None
        if answer is None or answer.status != 200:
            assert answer is None or answer.status == 503, answer
            return False
        assert answer.json["quantity"] > least, f"{answer} though there were {least} before"
        with self.lock:
            self.versions.append(answer.json["version"])
        self.note(answer.json)
        return True

    def add_surely(self, clients):
        key, end = fresh_key(), time.monotonic() + 15 * PATIENCE
        while not any(self.add(one, key) for one in clients):
            assert time.monotonic() < end, "the majority does not go on"

    def try_to_add(self, client):
        """Once, under a key that is not repeated."""
        if not self.add(client):
            with self.lock:
                self.open += 1

    def look(self, client):
        """What is read is not older than what was known before. Whether there was an answer."""
        least = self.least
        answer = client.get(self.path)
        if answer.status == 503:
            return False
        assert answer.expect(200)["quantity"] >= least, f"{answer} though there were {least}"
        return True

    def look_at_list(self, client, path):
        least = self.least
        answer = client.get(path)
        if answer.status == 503:
            return False
        [listed] = [one for one in answer.expect(200)["data"] if one["id"] == self.listing["id"]]
        assert listed["quantity"] >= least, f"{answer} though there were {least}"
        return True

    def change_as_it_was(self, client, etag):
        """By the version from before the pause: overtaken, it must be refused."""
        answer = client.patch(self.path, {"title": "Outdated"}, if_match=etag)
        assert answer.status in (412, 503), answer


def queue(shelves, member, etags):
    """What waits in the node's sockets: sent now, checked as it is answered."""
    for shelf, etag in zip(shelves, etags):
        yield lambda one=shelf: one.look(one.client(member))
        for path in LISTS:
            yield lambda one=shelf, path=path: one.look_at_list(one.client(member), path)
        yield lambda one=shelf: one.try_to_add(one.client(member))
        yield lambda one=shelf, tag=etag: one.change_as_it_was(one.client(member), tag)


def ask_on(shelf, member, end):
    """How many answers there were, from the moment on that it goes on."""
    client, answers = shelf.client(member), 0
    while time.monotonic() < end:
        answers += shelf.look(client) + sum(shelf.look_at_list(client, path) for path in LISTS)
        shelf.try_to_add(client)
    return answers


def test_a_leader_that_was_stopped_for_long_says_nothing_outdated(cluster):
    shelves = [Shelf(cluster[0].market()) for _ in range(LISTINGS)]
    places = [fetch(cluster[0].admin, f"/admin/entities/{one.listing['id']}")[1]["partition"]
              for one in shelves]
    victim = max(cluster.members, key=lambda one: sum(
        place in cluster.led_by(one) for place in places))
    assert set(cluster.led_by(victim)) & set(places)
    others = cluster.others(victim)
    clients = [[shelf.client(one) for one in others] for shelf in shelves]
    etags = [shelf.client(victim).get(shelf.path).etag for shelf in shelves]
    with ThreadPoolExecutor(64) as pool:
        goes_on = time.monotonic() + PAUSE_S
        with victim.frozen():
            early = [pool.submit(one) for one in queue(shelves, victim, etags)]
            for shelf, ways in zip(shelves, clients):
                shelf.add_surely(ways)
            while time.monotonic() < goes_on - 1:
                for shelf, ways in zip(shelves, clients):
                    shelf.add_surely(ways)
            late = [pool.submit(shelf.look, shelf.client(victim)) for shelf in shelves]
            late += [pool.submit(shelf.look_at_list, shelf.client(victim), path)
                     for shelf in shelves for path in LISTS]
            wait_until(lambda: time.monotonic() >= goes_on, "the pause is over", PAUSE_S)
        burst = [pool.submit(ask_on, shelf, victim, time.monotonic() + BURST_S)
                 for shelf in shelves]
        for one in early + late:
            one.result()
        assert sum(one.result() for one in burst) > 0
    wait_until(victim.ready, "it is back", 10, show=cluster.logs)
    for shelf in shelves:
        assert len(set(shelf.versions)) == len(shelf.versions)
        now = shelf.client(victim).get(shelf.path).expect(200)
        assert now["title"] == shelf.listing["title"]
        sure = 1 + len(shelf.versions)
        assert sure <= now["quantity"] <= sure + shelf.open, (sure, shelf.open, now)


@pytest.mark.skipif(bool(why_no_network()), reason=why_no_network())
def test_a_leader_that_heard_of_nothing_before_it_goes_on_lists_nothing_outdated():
    """Cut off first, so that no word of its successors waits for it in its sockets."""
    with NetworkedCluster(3) as cluster:
        victim = cluster[0]
        shelves = [Shelf(victim.market()) for _ in range(LISTINGS)]
        others = cluster.others(victim)
        with ThreadPoolExecutor(64) as pool:
            with victim.frozen():
                cluster.network.unplug(1)
                wait_until(lambda: all('"event":"link_ended"' in cluster.log_of(one)
                                       for one in others), "the others have given it up", 10)
                clients = [[shelf.client(one) for one in others] for shelf in shelves]
                for shelf, ways in zip(shelves, clients):
                    shelf.add_surely(ways)
                asked = [pool.submit(shelf.look_at_list, shelf.client(victim), path)
                         for shelf in shelves for path in LISTS]
                asked += [pool.submit(shelf.look, shelf.client(victim)) for shelf in shelves]
                cluster.network.plug(1)
            for one in asked:
                one.result()
        wait_until(victim.ready, "it is back", 10, show=cluster.logs)
        for shelf in shelves:
            assert wait_until(lambda: shelf.look_at_list(shelf.client(victim), LISTS[1]),
                              "it lists", 10)
