"""Constant load on a cluster from a thread of its own: listings whose stock is counted up under
keys and read at all gateways in turn. What is not answered is asked again, under its key, at the
next gateway, until it is. Everything is remembered: for the judge, for gaps, for throughput."""

import asyncio
import bisect
import json
import os
import threading
import time
from collections import Counter

from harness.client import fresh_key
from harness.linearizability import Operation, counter, refutation
from harness.waiting import PATIENCE, wait_until

TOKENS_LAST = {"auth.access_ms": 86_400_000}  # an option that this needs: tokens are not renewed
ANSWER_SECONDS = 15
ATTEMPT_SECONDS = 12  # a gateway gives up after 10
BROKEN = (OSError, EOFError, asyncio.TimeoutError, ValueError)


class Unanswered(AssertionError):
    """A request had a wrong answer, or none in time."""


class Voice:
    """One client: one request at a time, on a kept connection to one gateway after the other."""

    def __init__(self, load, token, turn):
        self.load = load
        self.token = token
        self.turn = turn
        self.connection = None

    async def until_answered(self, method, path, body=None):
        """The answer, when it came, and how many tries it took."""
        key, begun, said = fresh_key() if body else None, time.monotonic(), []
        while True:
            gateways = self.load.gateways
            gateway = gateways[self.turn % len(gateways)]
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS * PATIENCE):
                    status, answer = await self.exchange(gateway, method, path, body, key)
            except BROKEN as broken:
                status, answer = 0, repr(broken)
                self.leave()
            if status == 200:
                return answer, begun, time.monotonic(), said
            said.append((gateway, status, answer))
            self.turn += 1
            if status not in (0, 503) or time.monotonic() - begun > ANSWER_SECONDS * PATIENCE:
                raise Unanswered(f"{method} {path} {key}: {said[-5:]}")
            await asyncio.sleep(0.01)

    async def exchange(self, gateway, method, path, body, key):
        if self.connection is None or self.connection[0] != gateway:
            self.leave()
            host, port = gateway.rsplit(":", 1)
            self.connection = (gateway, *await asyncio.open_connection(host, int(port)))
        _, reader, writer = self.connection
        content = json.dumps(body).encode() if body else b""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {gateway}",
                 f"Authorization: Bearer {self.token}"]
        if body:
            lines += [f"Idempotency-Key: {key}", "Content-Type: application/json",
                      f"Content-Length: {len(content)}"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        answer = json.loads(await reader.readexactly(length))
        if "connection: close" in head:
            self.leave()
        return int(head.split()[1]), answer

    def leave(self):
        if self.connection is not None:
            self.connection[2].close()
        self.connection = None


class Counted:
    """A listing, and all that was asked of it."""

    def __init__(self, seller, listing, partition):
        self.seller = seller
        self.id = listing["id"]
        self.partition = partition
        self.history = []
        self.added = []  # when each was acknowledged

    def note(self, asked, answer, begun, ended):
        self.history.append(Operation(begun, ended, asked, answer["quantity"] - 1))
        if asked == "add":
            self.added.append(ended)

    def longest_gap(self, since, until):
        """Between two acknowledged additions, from the last before `since` to `until`."""
        first = max(bisect.bisect(self.added, since) - 1, 0)
        last = bisect.bisect(self.added, until)
        times = [*self.added[first:last], until]
        return max(after - before for before, after in zip(times, times[1:]))


class Load:
    """`voices` for each listing, one of three a reader. Runs from its entry to its exit; by then
    each answer is judged."""

    def __init__(self, cluster, listings=12, voices=3, pause=0.02):
        self.gateways = [one.http for one in cluster.members]
        market = cluster[0].market()
        self.counted = []
        for number in range(listings):
            seller = market.seller(f"Sam {number}")
            listing = seller.offer(quantity=1)
            where = market.operator().get(f"/admin/where/{listing['id']}").expect(200)
            self.counted.append(Counted(seller, listing, where["partition"]))
        self.voices = voices
        self.pause = pause
        self.answered = []   # when, of whatever kind
        self.repeated = []   # (when asked, what was said before the right answer)
        self.slowest = []    # (seconds, when asked)
        self.delays = []     # (when, by how much this thread or a sync of its own was late)
        self.probe = open(cluster.folder / "probe", "wb", buffering=0)
        self.failed = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    # -- asking ------------------------------------------------------------------------------------

    async def run(self):
        voices = [self.speak(counted, number) for counted in self.counted
                  for number in range(self.voices)]
        await asyncio.gather(self.watch_thread(), self.watch_disk(), *voices)

    async def watch_thread(self):
        while not self.stopped.is_set():
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            self.delays.append((due, time.monotonic() - due))

    async def watch_disk(self):
        while not self.stopped.is_set():
            begun = time.monotonic()
            self.probe.write(b"x")
            await asyncio.to_thread(os.fsync, self.probe.fileno())
            self.delays.append((begun, time.monotonic() - begun))
            await asyncio.sleep(0.05)

    async def speak(self, counted, number):
        voice = Voice(self, counted.seller.api.token, number)
        reads = number % 3 == 2
        try:
            while not self.stopped.is_set() and not self.failed:
                await self.ask_once(voice, counted, reads)
                await asyncio.sleep(self.pause)
        except Exception as wrong:
            self.failed.append(wrong)
        voice.leave()

    async def ask_once(self, voice, counted, reads):
        path = f"/v1/listings/{counted.id}"
        if reads:
            answer, begun, ended, said = await voice.until_answered("GET", path)
            counted.note("read", answer, begun, ended)
        else:
            answer, begun, ended, said = await voice.until_answered(
                "POST", f"{path}/stock-adjustments", {"delta": 1, "reason": "more"})
            counted.note("add", answer, begun, ended)
        voice.turn += 1
        self.answered.append(ended)
        self.slowest = sorted([*self.slowest, (ended - begun, begun)])[-20:]
        if said:
            self.repeated.append((begun, said))

    # -- what can be said of it --------------------------------------------------------------------

    def wait_for_more(self, count=5, seconds=30, of=None):
        """Each listing is added to so often again."""
        before = [(one, len(one.added)) for one in of or self.counted]
        wait_until(lambda: self.failed or all(len(one.added) >= was + count for one, was in before),
                   f"the load goes on: {self.repeated[-3:]}", seconds)
        self.check_unfailed()

    def check_unfailed(self):
        if self.failed:
            raise self.failed[0]

    def throughput(self, since, until):
        """Answers in each whole second."""
        seconds = Counter(int(when - since) for when in self.answered if since <= when < until)
        return [seconds[number] for number in range(int(until - since))]

    def longest_delay(self, since, until):
        return max((late for when, late in self.delays if since <= when < until), default=0.0)

    def refusals(self):
        """How often each status came before the right answer; 0: the connection broke."""
        return Counter(status for _, said in self.repeated for _, status, _ in said)

    def check(self):
        """Nothing acknowledged is lost, nothing is done twice, and each answer can be true."""
        for one in self.counted:
            wrong = refutation(one.history, counter, 0)
            assert wrong is None, f"{one.id}, partition {one.partition}: {wrong}"
            told = sorted(op.answered for op in one.history if op.asked == "add")
            assert told == list(range(1, len(one.added) + 1)), one.id

    def __enter__(self):
        self.thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, kind, *_):
        self.stopped.set()
        self.thread.join()
        self.probe.close()
        for one in self.counted:
            one.seller.leave()
        if kind is None:
            self.check_unfailed()
            self.check()
