"""The disk of one node gets full: it steps aside, the others go on, and it comes back."""

import os
import shutil

import pytest

from harness.client import Client
from harness.cluster import Cluster
from harness.node import Node
from harness.places import Place, why_not
from harness.story import Market
from harness.waiting import wait_until
from test_cluster_life import Load

MIB = 1 << 20
WANTED = 64 * MIB  # free; under a half it takes no commands, under a quarter nothing at all
SMALL = {"storage.free_min_bytes": WANTED, "storage.log_write_buffer_bytes": 4 * MIB,
         "storage.state_write_buffer_bytes": 4 * MIB}
MOUNT = "mount -t tmpfs -o size=256m tmpfs"

pytestmark = pytest.mark.skipif(bool(why_not("mount", f"{MOUNT} /mnt")),
                                reason=why_not("mount", f"{MOUNT} /mnt"))


class Disk:
    """A small one, mounted where nobody but those who are started there sees it."""

    def __init__(self, folder):
        self.place = Place("mount")
        folder.mkdir(exist_ok=True)
        self.place.run(f"{MOUNT} {folder}")
        self.seen = self.place.path(folder)  # from here

    def free(self):
        found = os.statvfs(self.seen)
        return found.f_bavail * found.f_frsize

    def leave_free(self, size):
        filler = os.open(self.seen / "filler", os.O_CREAT | os.O_RDWR)
        held = os.fstat(filler).st_size
        while (more := self.free() - size) > 0:
            try:
                os.posix_fallocate(filler, held, more)
            except OSError:  # somebody was quicker
                continue
            held += more
        os.close(filler)

    def make_room(self):
        (self.seen / "filler").unlink()

    def leave(self):
        self.place.leave()


@pytest.fixture
def cluster():
    with Cluster(3, SMALL) as running:
        yield running


@pytest.fixture
def disk(cluster):
    """The last node's, with all that it stored before."""
    member = cluster[2]
    member.stop()
    copy = cluster.folder / "copy"
    shutil.copytree(member.data, copy)
    disk = Disk(member.data)
    disk.place.run(f"cp -a {copy}/. {member.data}")
    member.command = disk.place.command(*member.command)
    member.start()
    wait_until(lambda: member.ready() and cluster.led_by(member, cluster[0]),
               "it is back and leads", 40, 0.1, show=cluster.logs)
    yield disk
    member.discard()
    disk.leave()


def room_told(member):
    page = Client(member.admin).get("/metrics").body.decode()
    [line] = [one for one in page.splitlines() if one.startswith("resalehub_disk_room ")]
    return int(line.split()[1])


def check_it_serves_without(cluster, gone):
    """What the node that came back holds is all there is."""
    gone.kill()
    wait_until(lambda: all(one.ready() for one in cluster.others(gone)),
               "two are enough", 20, show=cluster.logs)


def test_a_node_with_a_full_disk_steps_aside_and_comes_back_by_itself(cluster, disk):
    member, others = cluster[2], cluster.members[:2]
    with Load(others) as load:
        disk.leave_free(WANTED * 3 // 8)
        wait_until(lambda: not member.ready(), "it is not ready any more", 10)
        wait_until(lambda: cluster.led_by(member, cluster[0]) == [], "others lead", 20)
        wait_until(lambda: room_told(member) == 2, "it takes no commands", 10)
        wait_until(lambda: '"event":"disk_full","room":"little"' in cluster.log_of(member),
                   "it says so", 5)
        refused = Client(member.admin).get("/readyz").refused(503, "shard_unavailable")
        assert "too little room" in refused["detail"]
        load.wait_for_more(20)
        disk.leave_free(WANTED // 8)
        wait_until(lambda: room_told(member) == 3, "it takes nothing in", 10)
        load.wait_for_more(20)
        wait_until(lambda: all(one.ready() for one in others), "the others are ready", 5)
        assert member.lives()
        one = load.all[0]
        seen = Client(member.http, one.seller.api.token).get(f"/v1/listings/{one.listing['id']}")
        assert seen.expect(200)["quantity"] > 1  # its gateway asks those who lead
        disk.make_room()
        wait_until(member.ready, "it is back", 20, show=cluster.logs)
        wait_until(lambda: cluster.led_by(member, cluster[0]), "it leads again", 40, 0.1)
        load.wait_for_more(20)
        wait_until(lambda: '"event":"disk_has_room"' in cluster.log_of(member), "it says so", 5)
        cluster.wait_until_whole()
    check_it_serves_without(cluster, cluster[0])
    for one in load.all:
        one.seller.api = Client(member.http, one.seller.api.token)
        one.check()


def test_a_node_without_any_room_ends_at_worst_and_is_started_again(cluster, disk):
    member, others = cluster[2], cluster.members[:2]
    with Load(others) as load:
        disk.leave_free(0)
        wait_until(lambda: not member.ready(), "it is not ready any more", 10)
        load.wait_for_more(40)
        wait_until(lambda: all(one.ready() for one in others), "the others are ready", 5)
        said = cluster.log_of(member)
        assert '"event":"disk_full"' in said or "No space left on device" in said, said[-2000:]
        disk.make_room()
        if not member.lives():
            member.start()
        wait_until(member.ready, "it is back", 20, show=cluster.logs)
        cluster.wait_until_whole()
        load.wait_for_more(20)
    check_it_serves_without(cluster, cluster[1])
    for one in load.all:
        one.seller.api = Client(member.http, one.seller.api.token)
        one.check()


def test_a_node_alone_without_room_can_be_read_and_refuses_commands(tmp_path):
    disk = Disk(tmp_path / "data")

    class Crowded(Node):
        def command(self):
            return disk.place.command(*super().command())

    node = Crowded(SMALL)
    node.data = tmp_path / "data"
    try:
        with node:
            sam = Market(node.http, node.admin).seller("Sam")
            bicycle = sam.offer()
            disk.leave_free(WANTED * 3 // 8)
            wait_until(lambda: not node.answers("/readyz"), "it is not ready any more", 10)
            refused = sam.api.keyed(f"/v1/listings/{bicycle['id']}/stock-adjustments",
                                    {"delta": 1, "reason": "more"})
            assert refused.refused(507, "insufficient_storage")["effect"] == "none"
            assert sam.see(bicycle)["quantity"] == bicycle["quantity"]
            disk.make_room()
            wait_until(lambda: node.answers("/readyz"), "it is ready again", 10)
            assert sam.restock(bicycle, 1)["quantity"] == bicycle["quantity"] + 1
    finally:
        disk.leave()
