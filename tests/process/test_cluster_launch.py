"""Who is let into a cluster, and who is refused with a sentence."""

import json
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from harness.cluster import Cluster, free_base
from harness.node import Node, binary, clean_environment, run_program
from harness.waiting import wait_until


@pytest.fixture
def certificates(tmp_path):
    folder = tmp_path / "certificates"
    assert run_program("cert", "init", "--dir", folder)[0] == 0

    def options(name):
        if not (folder / f"{name}.pem").exists():
            assert run_program("cert", "node", name, "--dir", folder)[0] == 0
        return {"node.name": name, "links.certificate": folder / f"{name}.pem",
                "links.key": folder / f"{name}.key", "links.authority": folder / "ca.pem"}

    return options


@pytest.fixture
def launch():
    """Starts nodes by hand, and ends them with the test."""
    started = []

    def start(options, ready=True):
        node = Node(options)
        started.append(node)
        return node.start() if ready else node.launch()

    yield start
    for node in started:
        node.discard()


def links_address():
    return f"127.0.0.1:{free_base() - 1000}"


def with_links(options, address, **more):
    return options | {"links.port": address.rsplit(":", 1)[1]} | more


def sentence_of(node):
    return [line for line in node.log_text().splitlines() if line.startswith("resalehub: ")]


def ends_refused(node):
    assert node.wait(20) == 2, node.log_tail()
    [sentence] = sentence_of(node)
    return sentence


# -- refusals ----------------------------------------------------------------------------------


def test_a_directory_that_belongs_to_a_node_founds_no_cluster(tmp_path):
    status, printed, _ = run_program("cluster", "init", "--data-dir", tmp_path / "data",
                                     "--cluster.partitions=4")
    assert status == 0 and re.search("cluster [0-9a-f]{32} of 4 partitions", printed)
    before = (tmp_path / "data" / "identity").read_bytes()
    status, _, said = run_program("cluster", "init", "--data-dir", tmp_path / "data")
    assert status == 2 and "belongs to a node already" in said
    assert (tmp_path / "data" / "identity").read_bytes() == before


def test_a_node_of_another_cluster_is_refused(certificates, launch):
    ours, theirs = links_address(), links_address()
    launch(with_links(certificates("n1"), ours))
    stranger = launch(with_links(certificates("n2"), theirs))
    stranger.stop()
    stranger.options |= {"join": ours}
    stranger.launch()
    assert f"The node at {ours} belongs to another cluster." in ends_refused(stranger)


def test_a_data_directory_does_not_join_under_another_name(certificates, launch):
    first, second = links_address(), links_address()
    launch(with_links(certificates("n1"), first))
    joiner = launch(with_links(certificates("n2"), second, join=first))
    joiner.stop()
    joiner.options |= certificates("n3")
    joiner.launch()
    assert "joined under another name" in ends_refused(joiner)


def test_a_node_whose_name_was_given_to_another_directory_is_refused():
    with Cluster(3, partitions=4) as cluster:
        lost = cluster[1]
        aside = cluster.folder / "aside"
        lost.kill()
        lost.data.rename(aside)
        lost.start()
        wait_until(lost.ready, "its successor is in", 20)
        lost.kill()
        shutil.rmtree(lost.data)
        aside.rename(lost.data)
        lost.start()
        assert lost.process.wait(20) == 2
        assert "this node was removed" in cluster.log_of(lost)


def test_links_without_certificates_are_for_loopback_only(tmp_path):
    status, _, said = run_program("serve", "--data-dir", tmp_path / "data", "--http",
                                  "127.0.0.1:0", "--admin", "127.0.0.1:0",
                                  "--links.address=0.0.0.0", "--links.port=0")
    assert status == 2 and "loopback" in said


def test_up_refuses_options_that_no_node_would_take(tmp_path):
    (tmp_path / "options.toml").write_text("cluster.replication = 9\n")
    status, printed, said = run_program("up", "--dir", tmp_path / "new", "--config",
                                        tmp_path / "options.toml")
    assert status == 2 and printed == "" and "cluster.replication" in said
    assert not (tmp_path / "new").exists()


def test_up_refuses_to_add_where_there_is_no_cluster(tmp_path):
    status, printed, said = run_program("up", "--add", "--dir", tmp_path / "nothing")
    assert status == 2 and printed == "" and "There is no cluster" in said


# -- waiting -----------------------------------------------------------------------------------


def test_a_joiner_waits_for_its_cluster_and_says_so(certificates, launch):
    first, second = links_address(), links_address()
    joiner = launch(with_links(certificates("n2"), second, join=first), ready=False)
    wait_until(lambda: "waits to be let in" in joiner.log_text(), "it says what it waits for", 10)
    assert not joiner.data.exists() and not joiner.answers("/healthz")
    founder = launch(with_links(certificates("n1"), first, **{"cluster.partitions": 4}))
    wait_until(lambda: joiner.answers("/readyz"), "it is let in", 20)
    identities = [json.loads((one.data / "identity").read_text()) for one in (founder, joiner)]
    assert identities[0]["cluster"] == identities[1]["cluster"]
    assert [one["node"] for one in identities] == [1, 2]
    assert [one["partitions"] for one in identities] == [4, 4]


def test_a_joiner_that_waits_is_stopped_by_a_signal(certificates, launch):
    joiner = launch(with_links(certificates("n2"), links_address(), join=links_address()),
                    ready=False)
    wait_until(lambda: "waits to be let in" in joiner.log_text(), "it waits", 10)
    assert joiner.stop() == 0


def test_joiners_of_a_new_cluster_hear_at_once_when_they_come_too_early():
    with Cluster(3, partitions=4) as cluster:
        for one in cluster.members:
            assert '"why":"late"' not in cluster.log_of(one)


def test_up_waits_for_as_many_copies_as_the_options_want():
    with Cluster(3, options={"cluster.replication": 1}, partitions=4) as cluster:
        assert len(cluster.members) == 3
        cluster.wait_until_whole(replicas=1)


def test_the_nodes_end_with_up_even_when_it_is_killed():
    with Cluster(1, partitions=4) as cluster:
        [member] = cluster.members
        [up] = cluster.ups
        up.kill()
        up.wait()
        wait_until(lambda: not member.lives(), "the node ended by itself", 20)


def test_a_cluster_of_one_prints_a_line_for_its_node(tmp_path):
    base = free_base()
    up = subprocess.Popen([binary(), "up", "--nodes", "1", "--dir", str(tmp_path / "one"),
                           "--http-base", str(base)], stdout=subprocess.PIPE, text=True,
                          env=clean_environment())
    try:
        line = up.stdout.readline()
        assert re.match(rf"n1 +ready +pid \d+ +http://127\.0\.0\.1:{base} ", line), line
        assert str(pathlib.Path(tmp_path / "one" / "n1")) in line
        up.send_signal(signal.SIGINT)
        assert up.wait(20) == 0
    finally:
        if up.poll() is None:
            up.kill()
            up.wait()
