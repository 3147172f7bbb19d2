"""`resalehub ctl` on three nodes that `resalehub up` started, and every command line that the
operators' document shows."""

import json
import pathlib
import re
import signal
import subprocess

import pytest

from harness.client import Client
from harness.cluster import Cluster
from harness.node import binary, clean_environment, free_port, run_program
from harness.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "operations" / "watching.md"


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=3, options={"log.level": "debug"}) as running:
        running.wait_until_whole()
        yield running


@pytest.fixture
def ctl(cluster):
    def run(*words, seconds=60):
        return run_program("ctl", "--dir", cluster.dir, *words, seconds=seconds)
    return run


@pytest.fixture
def told(ctl):
    """The JSON of a command that must succeed."""
    def run(*words):
        status, printed, said = ctl(*words, "--json")
        assert status == 0, said
        return json.loads(printed)
    return run


@pytest.fixture(scope="module")
def listing(cluster):
    return cluster[1].market().seller().offer()["id"]


# -- misuse and refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    [], ["frob"], ["where"], ["inspect"], ["drain"], ["remove"], ["transfer", "1"],
    ["transfer", "x", "n1"], ["transfer", "-1", "n1"], ["nodes", "more"], ["nodes", "--surprise"],
    ["nodes", "--admin", "nowhere"], ["nodes", "--admin", ":9080"],
    ["nodes", "--dir", "/nonexistent"], ["nodes", "--dir", "/tmp", "--admin", "127.0.0.1:1"],
    ["where", "a/b"], ["drain", "n1?x"], ["top", "--times", "-1"]])
def test_misuse_ends_with_2_and_a_sentence(words):
    status, printed, said = run_program("ctl", *words)
    assert status == 2 and not printed, (status, printed)
    assert said.startswith("resalehub: ") and "what()" not in said


def test_when_nobody_answers_it_ends_with_1():
    status, printed, said = run_program("ctl", "nodes", "--admin", f"127.0.0.1:{free_port()}")
    assert status == 1 and not printed and said.startswith("resalehub: no answer from")


def test_what_the_cluster_refuses_ends_with_1(ctl):
    for words in (["where", "x"], ["inspect", "lst_00000000000000000000000000000"],
                  ["drain", "n9"], ["keep", "n9"], ["remove", "n9"], ["remove", "n1"],
                  ["transfer", "0", "n9"], ["transfer", "16", "n1"]):
        for more in ([], ["--json"]):
            status, printed, said = ctl(*words, *more)
            assert status == 1 and not printed, words
            assert re.fullmatch(r"resalehub: .+\n", said), said


# -- looking ---------------------------------------------------------------------------------------


def test_nodes_and_partitions(cluster, ctl, told):
    nodes = told("nodes")
    assert {(one["node"], one["admin"], one["http"]) for one in nodes} == {
        (one.name, one.admin, one.http) for one in cluster.members}
    assert all(one["state"] == "active" and one["reachable"] and one["replicas"] == 16
               for one in nodes)
    assert sum(one["leaders"] for one in nodes) == 16
    partitions = told("partitions")
    assert all(sorted(one["replicas"]) == ["n1", "n2", "n3"] and one["leader"]
               for one in partitions)
    status, printed, _ = ctl("nodes")
    assert status == 0 and len(printed.splitlines()) == 4 and printed.startswith("NODE")
    status, printed, _ = ctl("partitions")
    assert status == 0 and len(printed.splitlines()) == 17


def test_an_entity_looks_the_same_from_every_node(cluster, listing):
    seen = []
    for member in cluster.members:
        status, printed, said = run_program("ctl", "--admin", member.admin, "inspect", listing,
                                            "--history", "--json")
        assert status == 0, said
        seen.append(json.loads(printed))
        status, printed, _ = run_program("ctl", "--admin", member.admin, "where", listing, "--json")
        assert status == 0 and json.loads(printed)["partition"] == seen[0]["partition"]
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]["events"] and not seen[0]["more"]


def test_top_shows_every_node_and_ends_with_ctrl_c(cluster, told):
    lines = told("top", "--times", "1")
    assert {one["node"] for one in lines} == {"n1", "n2", "n3"}
    assert all(one["commits_per_s"] is not None and one["awake"] is not None for one in lines)
    top = subprocess.Popen([binary(), "ctl", "--dir", cluster.dir, "top"], text=True,
                           stdout=subprocess.PIPE, env=clean_environment())
    assert top.stdout.readline().startswith("NODE")
    top.send_signal(signal.SIGINT)
    assert top.wait(20) == 0


def test_one_request_is_followed_from_node_to_node(cluster, listing, told):
    """By the trace id that the client gave, in the logs of the nodes that had to do with it."""
    leader = told("where", listing)["leader"]
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    home = next(one for one in cluster.members if one.name == leader)
    asked = next(one for one in cluster.members if one.name != leader)
    Client(asked.http).get(f"/v1/listings/{listing}",
                           headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}).expect(200)

    def lines(member, event):
        return [json.loads(line) for line in cluster.log_of(member).splitlines()
                if trace in line and f'"event":"{event}"' in line]

    wait_until(lambda: lines(asked, "request") and lines(home, "considered"), "both have logged it")
    assert lines(home, "considered")[0]["entity"] == listing
    assert lines(home, "considered")[0]["from_node"] != 0
    assert not lines(asked, "considered")


# -- moving ----------------------------------------------------------------------------------------


def test_a_leadership_moves_where_it_is_told(told):
    """From who leads most to who leads least: else the cluster would even it out again."""
    nodes = sorted(told("nodes"), key=lambda one: one["leaders"])
    least, most = nodes[0]["node"], nodes[-1]["node"]
    partition = next(one["partition"] for one in told("partitions") if one["leader"] == most)
    assert told("transfer", partition, least)["leader"] == least


def test_a_node_is_drained_kept_and_removed(cluster, ctl, told):
    added = cluster.add()
    wait_until(lambda: next(one for one in told("nodes") if one["node"] == added.name)["replicas"],
               "the new node holds something", 60)
    assert ctl("remove", added.name)[0] == 1
    status, printed, said = ctl("drain", added.name, seconds=120)
    assert status == 0, said
    assert printed.splitlines()[-1] == f"{added.name} is drained"
    assert told("keep", added.name)["state"] == "active"
    drained = told("drain", added.name)
    assert drained["state"] == "draining"
    assert drained["leaders"] == drained["replicas"] == 0
    wait_until(lambda: not added.ready(), "it has heard so itself", 5)
    assert told("remove", added.name)["state"] == "removed"


# -- the document ----------------------------------------------------------------------------------


def command_lines():
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_document_shows_every_command():
    shown = " ".join(command_lines())
    status, printed, _ = run_program("ctl", "--help")
    assert status == 0
    for name in re.findall(r"^  (\w+) {2,}", printed.split("Subcommands:")[1], re.M):
        assert f"ctl {name}" in shown, name


def test_every_command_line_of_the_document_does_what_it_says(cluster, listing, tmp_path):
    """Placeholders are filled in, and each line is run by a shell. What would take a node away is
    refused for the right reason."""
    (tmp_path / "resalehub").symlink_to(binary())
    partition = cluster.partitions()[0]
    follower = next(name for name in partition["replicas"] if name != partition["leader"])
    log = cluster.dir / "n1.log"
    known = {"PARTITION": "0", "ID": listing, "TOKEN": "operators-only-4711",
             "TRACE_ID": "started", "LOG": str(log)}
    expected = {"drain NODE": (1, "n9", "no node of this name"), "keep NODE": (0, "n1", ""),
                "remove NODE": (1, "n1", "drained before"), "--dead": (1, "n9", "no node"),
                "transfer": (0, follower, "")}
    for line in command_lines():
        status, node, sentence = 0, "n1", ""
        for words, found in expected.items():
            if words in line:
                status, node, sentence = found
        words = re.sub(r"\b[A-Z_]{2,}\b(?!=)", lambda at: (known | {"NODE": node})[at.group()],
                       line)
        words = words.replace(" ctl ", f" ctl --admin {cluster[0].admin} ")
        words = words.replace(" top", " top --times 1")
        if line.startswith("grep"):
            log.touch()
            words = f"echo started >> {log}; {words}"
        ended = subprocess.run(["bash", "-c", words], capture_output=True, text=True, timeout=60,
                               env=clean_environment({"PATH": f"{tmp_path}:/usr/bin:/bin"}))
        assert ended.returncode == status, f"{line}: {ended.stdout}{ended.stderr}"
        assert sentence in ended.stderr, f"{line}: {ended.stderr}"
