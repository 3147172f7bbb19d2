"""Nodes of a cluster end in every way, and come back; a cluster grows by one."""

import functools
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client, fresh_key
from harness.cluster import Cluster, fetch
from harness.waiting import wait_until
from harness.writers import BROKEN


@pytest.fixture
def cluster():
    with Cluster(3) as running:
        yield running


class Restocker:
    """Adds to one listing, one by one under keys, at the gateways it is given; repeats under the
    same key until it is answered."""

    ANSWER_SECONDS = 15

    def __init__(self, seller, gateways):
        self.seller = seller
        self.listing = seller.offer(quantity=1)
        self.clients = [Client(one.http, seller.api.token) for one in gateways]
        self.done = 0
        self.refused = []
        self.longest = 0.0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            self.add_one(self.clients[self.done % len(self.clients)])

    def add_one(self, client):
        key, since = fresh_key(), time.monotonic()
        while True:
            try:
                answer = client.post(f"/v1/listings/{self.listing['id']}/stock-adjustments",
                                     {"delta": 1, "reason": "more"}, key=key)
            except BROKEN as broken:
                self.refused.append(repr(broken))
            else:
                if answer.status == 200:
                    break
                self.refused.append(str(answer))
            assert time.monotonic() - since < self.ANSWER_SECONDS, self.refused[-3:]
        self.done += 1
        self.longest = max(self.longest, time.monotonic() - since)

    def check(self):
        assert self.seller.see(self.listing)["quantity"] == 1 + self.done


class Load:
    """Several restockers at once, while something happens to the cluster."""

    def __init__(self, gateways, count=6):
        market = gateways[0].market()
        self.all = [Restocker(market.seller(f"Sam {number}"), gateways)
                    for number in range(count)]
        self.pool = ThreadPoolExecutor(count)

    def __enter__(self):
        self.running = [self.pool.submit(one.run) for one in self.all]
        self.wait_for_more(20)
        return self

    def wait_for_more(self, count):
        before = [one.done for one in self.all]
        wait_until(lambda: all(one.done >= was + count or self.running[place].done()
                               for place, (one, was) in enumerate(zip(self.all, before))),
                   "the load goes on", 30)

    def __exit__(self, *_):
        for one in self.all:
            one.stopped.set()
        for one in self.running:
            one.result()
        self.pool.shutdown()
        for one in self.all:
            one.check()

    @property
    def refused(self):
        return [said for one in self.all for said in one.refused]

    @property
    def longest(self):
        return max(one.longest for one in self.all)


# -- ends --------------------------------------------------------------------------------------


def test_each_node_is_killed_in_turn_and_the_others_go_on_and_it_comes_back(cluster):
    for victim in cluster.members:
        with Load(cluster.others(victim)) as load:
            victim.kill()
            load.wait_for_more(20)
            wait_until(lambda: all(one.ready() for one in cluster.others(victim)),
                       "the others lead everything", 10)
            victim.start()
            wait_until(victim.ready, f"{victim.name} is back", 20, show=cluster.logs)
            load.wait_for_more(20)
        assert load.longest < 5, load.longest
        cluster.wait_until_whole()


def test_up_reports_a_node_that_died_and_how_it_is_started(cluster):
    victim = cluster[1]
    victim.kill()
    wait_until(lambda: "n2 was killed by signal 9" in cluster.said(), "the end is reported", 5)
    wait_until(lambda: " ".join(victim.command) in cluster.said(), "how it is started again", 5)
    wait_until(lambda: all(one.ready() for one in cluster.others(victim)), "the others go on", 10)
    assert cluster.ups[0].poll() is None


def test_a_node_without_a_majority_is_not_ready_and_answers_so(cluster):
    ada = cluster[0].market().person("Ada")
    cluster[1].kill()
    cluster[2].kill()
    wait_until(lambda: fetch(cluster[0].admin, "/readyz")[0] == 503,
               "the one that is left says so", 5)
    answer = ada.api.get("/v1/me")
    answer.refused(503, "shard_unavailable")
    cluster[1].start()
    wait_until(lambda: cluster[0].ready() and cluster[1].ready(), "two are enough", 20)
    ada.me()


def test_a_node_that_hears_nobody_refuses_everything_soon(cluster):
    ada = cluster[0].market().person("Ada")
    listings = [cluster[0].market().seller("Sam") for _ in range(4)]
    listings = [(sam, sam.offer()) for sam in listings]
    asked = []

    def ask_for_four_seconds(since, client, method, path, body):
        while time.monotonic() - since < 4:
            begun = time.monotonic()
            answer = client.call(method, path, body, key=fresh_key() if body else None)
            asked.append((begun - since, time.monotonic() - begun, answer))

    with cluster[1].frozen(), cluster[2].frozen(), ThreadPoolExecutor(8) as pool:
        ask_on = functools.partial(pool.submit, ask_for_four_seconds, time.monotonic())
        running = [ask_on(ada.api, "GET", "/v1/me", None)]
        for sam, bicycle in listings:
            path = f"/v1/listings/{bicycle['id']}"
            running.append(ask_on(Client(cluster[0].http), "GET", path, None))
            if len(running) < 8:
                running.append(ask_on(sam.api, "POST", f"{path}/stock-adjustments",
                                      {"delta": 1, "reason": "more"}))
        for one in running:
            one.result()
        late = [(begun, took, answer) for begun, took, answer in asked if begun >= 0.5]
        for begun, took, answer in late:
            assert took <= 2, (begun, took, str(answer))
            answer.refused(503, "shard_unavailable")
        assert len(late) >= 8 and fetch(cluster[0].admin, "/readyz")[0] == 503
    wait_until(lambda: all(one.ready() for one in cluster.members), "they are together again", 20)
    ada.me()


def test_a_node_that_is_told_to_stop_costs_nobody_a_request(cluster):
    for leaving in cluster.members:
        with Load(cluster.others(leaving)) as load:
            leaving.stop()
            load.wait_for_more(10)
            leaving.start()
            wait_until(leaving.ready, f"{leaving.name} is back", 20)
            load.wait_for_more(10)
        assert load.refused == []
        assert '"event":"handed_over","all":"yes"' in cluster.log_of(leaving)
        cluster.wait_until_whole()


def test_a_stopping_node_is_not_ready_before_it_ends(cluster):
    leaving = cluster[0]
    seen = []

    def look():
        while leaving.lives():
            seen.append(fetch(leaving.admin, "/readyz", 1)[0])

    watching = threading.Thread(target=look)
    watching.start()
    wait_until(lambda: 200 in seen, "it is ready", 5)
    leaving.stop()
    watching.join()
    assert set(seen) <= {200, 503, 0} and 200 not in seen[seen.index(503):] if 503 in seen else True
    wait_until(lambda: all(one.ready() for one in cluster.others(leaving)),
               "the others are ready", 5)


def test_all_of_it_is_stopped_and_resumed(cluster):
    ada = cluster[0].market().person("Ada")
    assert cluster.stop() == [0]
    assert not any(one.lives() for one in cluster.members)
    names = [one.name for one in cluster.members]
    cluster.start()
    assert [one.name for one in cluster.members] == names
    ada.market = cluster[2].market()
    session, client = ada.log_in()
    assert session["user"]["id"] == ada.id and client.get("/v1/me").expect(200)["id"] == ada.id


# -- members -----------------------------------------------------------------------------------


def test_a_node_whose_data_was_deleted_is_replaced_by_its_successor(cluster):
    ada = cluster[0].market().person("Ada")
    for victim in (cluster[1], cluster[0]):  # the founder, too, is one of three
        victim.kill()
        shutil.rmtree(victim.data)
        victim.start()
        wait_until(lambda: victim.ready() and cluster.whole(asked=victim),
                   f"{victim.name} holds everything again", 40, 0.1, show=cluster.logs)
        shown = fetch(victim.admin, "/admin/nodes")[1]
        assert sorted(one["node"] for one in shown) == ["n1", "n2", "n3"]
    survivor = cluster[2]
    survivor.kill()
    ada.market = cluster[0].market()
    wait_until(lambda: cluster[0].ready() and cluster[1].ready(), "the successors serve", 20)
    assert ada.log_in()[0]["user"]["id"] == ada.id


def test_one_more_node_is_added_and_takes_its_part(cluster):
    with Load(cluster.members) as load:
        added = cluster.add()
        assert added.name == "n4" and added.http == f"127.0.0.1:{cluster.base + 3}"
        assert added.ready()
        wait_until(lambda: any("n4" in one["replicas"] for one in cluster.partitions()) and
                   cluster.led_by(added), "it leads something", 60, 0.2, show=cluster.logs)
        load.wait_for_more(10)
    assert load.refused == []
    ada = added.market().person("Ada")
    assert ada.me()["id"] == ada.id
