"""Who watches a room at one node hears all of it, in order, whatever happens between the nodes."""

import time

import pytest

from harness.client import fresh_key
from harness.cluster import Cluster
from harness.waiting import wait_until
from harness.writers import BROKEN


@pytest.fixture
def cluster():
    with Cluster(3) as running:
        yield running


def talkers(cluster, count=6):
    """Rooms, spread over the partitions, each with somebody who talks at the first node."""
    sam = cluster[0].market().seller("Sam")
    bicycle = sam.offer()
    everybody = [cluster[0].market().person(f"Ada {number}") for number in range(count)]
    return sam, [(ada, ada.room_about(bicycle)) for ada in everybody]


def at(person, member):
    """Live, at another gateway."""
    return type(person.connect())(member.http, person.ticket())


def say(person, room, text):
    """Until it is acknowledged."""
    body = {"client_msg_id": fresh_key(), "text": text}
    end = time.monotonic() + 15
    while True:
        try:
            answer = person.api.post(f"/v1/rooms/{room['id']}/messages", body)
            if answer.status in (200, 201):
                return answer.json
        except BROKEN as broken:
            answer = broken
        assert time.monotonic() < end, answer


def hears(live, rooms, counts):
    """That each room comes to its count, dense and in order."""
    heard = {f"room:{room['id']}": 0 for _, room in rooms}
    while any(heard[channel] < counts for channel in heard):
        message = live.receive()
        assert message["type"] == "chat.message", message
        assert message["seq"] == heard[message["ch"]] + 1, message
        heard[message["ch"]] += 1


def watch(person, member, rooms):
    live = at(person, member)
    live.hello()
    for _, room in rooms:
        live.subscribe(room, after_seq=0)
    return live


def link_ended(cluster, member):
    return any('"event":"link_ended"' in line and '"name":"n3"' in line
               for line in cluster.log_of(member).splitlines())


def test_a_watcher_at_a_node_that_was_frozen_misses_nothing(cluster):
    sam, rooms = talkers(cluster)
    frozen = cluster[2]
    with watch(sam, frozen, rooms) as live:
        for ada, room in rooms:
            say(ada, room, "before")
        with frozen.frozen():
            wait_until(lambda: all(link_ended(cluster, one) for one in cluster.members[:2]),
                       "the others have given it up", 10)
            for number in range(5):
                for ada, room in rooms:
                    say(ada, room, f"meanwhile {number}")
        hears(live, rooms, 6)  # though nothing more is said
        wait_until(frozen.ready, "it is back", 10)
        for ada, room in rooms:
            say(ada, room, "after")
        for _ in rooms:
            assert live.receive()["data"]["text"] == "after"


def test_a_watcher_hears_all_while_leaders_are_killed(cluster):
    sam, rooms = talkers(cluster)
    with watch(sam, cluster[0], rooms) as live:
        said = 0
        for victim in (cluster[1], cluster[2]):
            for number in range(10):
                if number == 3:
                    victim.kill()
                for ada, room in rooms:
                    say(ada, room, f"word {number}")
                said += 1
            victim.start()
            wait_until(victim.ready, f"{victim.name} is back", 20)
            cluster.wait_until_whole()
        hears(live, rooms, said)
