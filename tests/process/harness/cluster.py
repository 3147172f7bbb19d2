"""A cluster of real processes, by `resalehub up`: its nodes killed, stopped and started again."""

import atexit
import contextlib
import http.client
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile

from harness.node import ROOMY, Node, binary, clean_environment
from harness.reach import HttpConnection
from harness.story import Market
from harness.waiting import PATIENCE, wait_until

NODES_MAX = 8
claims = []  # sockets


def free_base():
    """The first of so many public ports, free like those for operators and links, 1000 above and
    below. No other test gets them before this process ends, whether nodes run there or not."""
    while True:
        base = random.SystemRandom().randrange(13_000, 14_000 - NODES_MAX + 1, NODES_MAX)
        base += random.SystemRandom().randrange(0, 18_000, 3_000)
        claim, held = socket.socket(socket.AF_UNIX), []
        try:
            claim.bind(f"\0resalehub-test-ports-{base}")
            for port in range(base, base + NODES_MAX):
                for offset in (-1000, 0, 1000):
                    probe = socket.socket()
                    held.append(probe)
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port + offset))
            claims.append(claim)
            return base
        except OSError:
            claim.close()
        finally:
            for probe in held:
                probe.close()


def fetch(address, path, seconds=3):
    """Status and JSON; 0 when nobody answers."""
    connection = HttpConnection(address, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if answer.status < 400 else None
    except (OSError, ValueError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


class Member:
    """One node, whoever started it."""

    def __init__(self, shown):
        self.name = shown["node"]
        self.http = shown["http"]
        self.admin = shown["admin"]
        self.data = pathlib.Path(shown["dir"])
        self.pid = shown["pid"]
        # As `ps` shows it, without the words' ends that it does not show.
        words = pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        self.command = [os.fsdecode(word) for word in words if word]
        self.process = None

    def market(self):
        return Market(self.http, self.admin)

    def lives(self):
        """Also while only its main thread has ended: the others still hold its ports and files."""
        states = self.thread_states()
        return bool(states) and states != ["Z"]

    def thread_states(self):
        """One letter a thread, as in /proc/PID/stat; a thread that ends meanwhile is left out."""
        states = []
        for stat in pathlib.Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                states.append(stat.read_text().rsplit(")", 1)[1].split()[0])
        return states

    def ready(self):
        return fetch(self.admin, "/readyz")[0] == 200

    def signal(self, which):
        os.kill(self.pid, which)

    @contextlib.contextmanager
    def frozen(self):
        """No thread of it runs. The signal alone does not say so: on a busy machine they go on
        for as long as the one that takes it waits for a processor."""
        self.signal(signal.SIGSTOP)
        try:
            wait_until(lambda: set(self.thread_states()) == {"T"}, f"{self.name} is frozen", 10)
            yield
        finally:
            self.signal(signal.SIGCONT)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait_for_end()

    def stop(self, seconds=20):
        self.signal(signal.SIGTERM)
        self.wait_for_end(seconds)

    def wait_for_end(self, seconds=20):
        if self.process is not None:
            self.process.wait(seconds * PATIENCE)
        wait_until(lambda: not self.lives(), f"{self.name} ends", seconds)

    def start(self):
        """Again, alone, by its own command line."""
        with open(self.data.parent / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=clean_environment())
        self.pid = self.process.pid
        return self

    def discard(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Cluster:
    """`options` are every node's, by name."""

    def __init__(self, nodes=3, options=None, partitions=16):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="resalehub-test-"))
        self.dir = self.folder / "cluster"
        self.base = free_base()
        self.count = nodes
        self.ups = []
        self.members = []
        self.config = self.folder / "options.toml"
        self.write_options({"cluster.partitions": partitions} | (options or {}))
        atexit.register(self.discard)

    def write_options(self, options):
        self.config.write_text("".join(f"{name} = {json.dumps(value)}\n"
                                       for name, value in (ROOMY | options).items()))

    # -- life --------------------------------------------------------------------------------------

    def up(self, *words, seconds=60):
        """Runs `up` until it has printed its nodes; they are new members here."""
        said = open(self.folder / "up.log", "ab")
        process = subprocess.Popen(
            [binary(), "up", "--dir", str(self.dir), "--config", str(self.config), "--json",
             *map(str, words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True,
            env=clean_environment())
        self.ups.append(process)
        heard, _, _ = select.select([process.stdout], [], [], seconds * PATIENCE)
        line = process.stdout.readline() if heard else ""
        assert line, f"no node was printed\n{self.said()}\n{self.logs()}"
        shown = [Member(one) for one in json.loads(line)]
        self.members += shown
        return shown

    def start(self):
        self.members = []
        self.up("--nodes", self.count, "--http-base", self.base)
        return self

    def add(self):
        [added] = self.up("--add")
        return added

    def stop(self, seconds=40):
        """All of it, by a signal to whoever holds it; the exit statuses."""
        for process in self.ups:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        statuses = [process.wait(seconds * PATIENCE) for process in self.ups]
        self.ups = []
        return statuses

    def discard(self):
        atexit.unregister(self.discard)
        for process in self.ups:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.ups:
            try:
                process.wait(40 * PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for member in self.members:
            member.discard()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- who is who --------------------------------------------------------------------------------

    def __getitem__(self, place):
        return self.members[place]

    def others(self, member):
        return [one for one in self.members if one is not member and one.lives()]

    def partitions(self, asked=None):
        """What a node says of them; None when it cannot."""
        asked = asked or next(one for one in self.members if one.lives())
        return fetch(asked.admin, "/admin/partitions")[1]

    def whole(self, replicas=3, asked=None):
        """Every partition has a leader and so many replicas."""
        known = self.partitions(asked)
        return bool(known) and all(
            len(one["replicas"]) == replicas and one["leader"] for one in known)

    def led_by(self, member, asked=None):
        return [one["partition"] for one in self.partitions(asked) or []
                if one["leader"] == member.name]

    def wait_until_whole(self, replicas=3, seconds=30):
        wait_until(lambda: all(one.ready() for one in self.members if one.lives()) and
                   self.whole(replicas), "the cluster is whole", seconds, 0.1, show=self.logs)

    def said(self):
        return (self.folder / "up.log").read_text(errors="replace")

    def logs(self, lines=20):
        """What each node says of itself, and its last lines that are no request's."""
        told = [f"-- {one.name}, {'alive' if one.lives() else 'ended'}: " + ", ".join(
            f"{path} {fetch(one.admin, path)}"
            for path in ("/readyz", "/admin/nodes", "/admin/partitions")) for one in self.members]
        for log in sorted(self.dir.glob("*.log")):
            said = [line for line in log.read_text(errors="replace").splitlines()
                    if '"event":"request"' not in line]
            told += [f"-- {log.name}", *said[-lines:]]
        return "\n".join(told)

    def log_of(self, member):
        return (self.dir / f"{member.name}.log").read_text(errors="replace")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.discard()


__all__ = ["Cluster", "Member", "Node", "fetch"]
