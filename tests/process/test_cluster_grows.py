"""A cluster of three grows to five under load and shrinks to three again: work spreads evenly, and
nobody has a failed request."""

import statistics
import time

import pytest

from harness.cluster import Cluster, fetch
from harness.load import TOKENS_LAST, Load
from harness.node import run_program
from harness.waiting import wait_until

EVEN_SECONDS = 60
STEADY_SECONDS = 5


@pytest.fixture
def cluster():
    with Cluster(3, options=TOKENS_LAST) as running:
        running.wait_until_whole()
        yield running


def counts(cluster):
    """What each active node leads and holds."""
    shown = fetch(cluster[0].admin, "/admin/nodes")[1] or []
    return {one["node"]: (one["leaders"], one["replicas"]) for one in shown
            if one["state"] == "active"}


def is_even(cluster, nodes):
    """Most and least differ by at most 2, or by a tenth of the mean."""
    held = counts(cluster)
    if len(held) != nodes or not cluster.whole():
        return False
    return all(max(kind) - min(kind) <= max(2, statistics.mean(kind) / 10)
               for kind in zip(*held.values()))


def wait_until_even(cluster, nodes):
    since = time.monotonic()
    wait_until(lambda: is_even(cluster, nodes), f"{nodes} nodes are even: {counts(cluster)}",
               EVEN_SECONDS, 0.1)
    return time.monotonic() - since


def run_steadily(load):
    """Answers in each second while nothing happens."""
    since = time.monotonic()
    wait_until(lambda: load.failed or time.monotonic() - since > STEADY_SECONDS, "steady load",
               2 * STEADY_SECONDS)
    return statistics.mean(load.throughput(since, time.monotonic()))


def sentence_of(load, what, since, steady):
    seconds = load.throughput(since, time.monotonic())
    late = load.longest_delay(since, time.monotonic())
    return (f"{what}: worst second {min(seconds)} answers, steady {steady:.0f}; "
            f"the test itself was late by {late * 1000:.0f} ms; "
            f"asked again: {dict(load.refusals())}")


def leave(cluster, load, leaving):
    """Drained, removed and stopped; its gateway serves until then."""
    for words in (["drain", leaving.name], ["remove", leaving.name]):
        status, printed, said = run_program("ctl", "--dir", cluster.dir, *words, seconds=60)
        assert status == 0, f"{words}: {printed}{said}"
        if words[0] == "drain":
            assert leaving.name not in counts(cluster)
            load.wait_for_more(5)
            load.gateways = [one for one in load.gateways if one != leaving.http]
    wait_until(lambda: not leaving.lives(), f"{leaving.name} ends by itself", 20)


def test_two_nodes_more_and_two_less_under_load_cost_no_request(cluster, figure):
    with Load(cluster) as load:
        steady = run_steadily(load)
        since = time.monotonic()
        for number in (4, 5):
            added = cluster.add()
            even = wait_until_even(cluster, number)
            load.gateways = [*load.gateways, added.http]
            figure(f"{added.name} is there and work is even after {even:.1f} s: {counts(cluster)}")
        figure(sentence_of(load, "three nodes grew to five", since, steady))
        load.wait_for_more(10)
        steady = run_steadily(load)
        since = time.monotonic()
        for number in (4, 3):
            leave(cluster, load, cluster[number])
            even = wait_until_even(cluster, number)
            figure(f"n{number + 1} is gone and work is even after {even:.1f} s: {counts(cluster)}")
        figure(sentence_of(load, "five nodes shrank to three", since, steady))
        load.wait_for_more(10)
    assert load.refusals() == {}, load.repeated
