"""All nodes are restarted one after the other while people write, read, talk and watch: nobody has
a failed request, and nobody misses a word."""

import time

import pytest

from harness.cluster import Cluster
from harness.load import TOKENS_LAST, Load
from harness.waiting import wait_until
from harness.watching import Talk


@pytest.fixture
def cluster():
    with Cluster(3, options=TOKENS_LAST) as running:
        running.wait_until_whole()
        yield running


def test_a_rolling_restart_costs_no_request_and_no_word(cluster, figure):
    with Talk(cluster) as talk, Load(cluster, listings=8) as load:
        for leaving in cluster.members:
            since = time.monotonic()
            leaving.stop()
            stopped = time.monotonic()
            assert '"event":"handed_over","all":"yes"' in cluster.log_of(leaving)
            leaving.start()
            wait_until(leaving.ready, f"{leaving.name} is back", 20, show=cluster.logs)
            ready = time.monotonic()
            load.wait_for_more(10)
            gap = max(one.longest_gap(since, time.monotonic()) for one in load.counted)
            figure(f"{leaving.name}: stopped in {stopped - since:.2f} s, ready in "
                   f"{ready - stopped:.2f} s, longest gap of a listing {gap * 1000:.0f} ms")
    figure(f"asked again: {dict(load.refusals())}; slowest {load.slowest[-1][0] * 1000:.0f} ms")
    endings = [one for watcher in talk.watchers for one in watcher.endings]
    figure(f"{len(endings)} WebSockets ended, {sum(one.heard for one in talk.watchers)} heard")
    assert load.refusals().keys() <= {0}, load.repeated
    assert len(endings) >= len(talk.watchers)
    assert all(ending == (True, 1012) for ending in endings), endings
