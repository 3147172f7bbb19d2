"""docs/operations.md, followed to the letter: each of its command lines runs, on one machine."""

import os
import re
import select
import subprocess

import pytest

from harness.cluster import fetch, free_base
from harness.node import ROOT, binary, clean_environment
from harness.waiting import PATIENCE, wait_until

PAGE = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, block in BLOCKS if kind == "" for line in block.splitlines()]
[FILE] = [block for kind, block in BLOCKS if kind == "toml"]
NOTHING = {"replicas": []}
NODE_FILE = "/etc/resalehub/node.toml"


@pytest.fixture
def run(tmp_path):
    """Runs a line of the page in a folder of its own: with another file, or words behind it."""
    started = []

    def start(line, *words, file=None):
        assert line in LINES, f"the page has no such line any more: {line}"
        words = [*line.split()[1:], *map(str, words)]
        begun = subprocess.Popen([binary(), *(str(file) if word == NODE_FILE else word
                                              for word in words)],
                                 cwd=tmp_path, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                 env=clean_environment())
        started.append(begun)
        return begun

    yield start
    for process in reversed(started):
        process.terminate()
    for process in started:
        process.wait(40 * PATIENCE)


def printed(process, seconds=60):
    heard, _, _ = select.select([process.stdout], [], [], seconds * PATIENCE)
    assert heard, "it printed nothing"
    return os.read(process.stdout.fileno(), 65_536).decode()


def file_for(number, folder, base):
    """The page's file, for one of three nodes on this machine."""
    text = FILE.replace("/etc/resalehub/n2", f"{folder}/certificates/n{number}")
    text = text.replace("/etc/resalehub/ca", f"{folder}/certificates/ca")
    text = text.replace('"n2"', f'"n{number}"').replace("/var/lib", f"{folder}/{number}")
    for machine in (1, 2, 3):
        text = text.replace(f"10.0.0.{machine}:7080", f"127.0.0.1:{base - 1000 + machine}")
    text = text.replace("10.0.0.2", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")
    assert "10.0.0" not in text and "/etc" not in text.split("\n", 1)[1]
    (folder / str(number)).mkdir()
    path = folder / f"node{number}.toml"
    path.write_text(text + f"\nhttp.port = {base + number}\nadmin.port = {base + 1000 + number}\n"
                           f"links.port = {base - 1000 + number}\n")
    return path


def test_three_machines_are_launched_as_the_page_says(run, tmp_path):
    base = free_base()
    for line in LINES:
        if line.startswith("resalehub cert"):
            assert run(line).wait(20) == 0
    files = {number: file_for(number, tmp_path, base) for number in (1, 2, 3)}
    found = "resalehub cluster init --config /etc/resalehub/node.toml"
    serve = "resalehub serve --config /etc/resalehub/node.toml"
    assert run(found, file=files[1]).wait(20) == 0
    for number in (3, 1, 2):  # in any order
        run(serve, file=files[number])
    admins = [f"127.0.0.1:{base + 1000 + number}" for number in (1, 2, 3)]
    wait_until(lambda: all(fetch(one, "/readyz")[0] == 200 for one in admins), "all serve", 30)
    wait_until(lambda: all(len(one["replicas"]) == 3
                           for one in fetch(admins[0], "/admin/partitions")[1] or [NOTHING]),
               "every partition has its copies", 60, 0.2)


def test_a_cluster_on_one_machine_is_launched_and_grown_as_the_page_says(run):
    base = free_base()
    up = run("resalehub up --nodes 3 --dir shop", "--http-base", base)
    assert [line.split()[:2] for line in printed(up).splitlines()] == [
        [f"n{number}", "ready"] for number in (1, 2, 3)]
    added = run("resalehub up --add --dir shop")
    assert printed(added).split()[:2] == ["n4", "ready"]


def test_every_command_line_of_the_page_is_run_here():
    text = open(__file__, encoding="utf-8").read()
    for line in LINES:
        assert line in text or line.startswith("resalehub cert "), line
