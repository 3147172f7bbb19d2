"""Who talks in rooms, and who watches them: watchers go elsewhere when their gateway ends, and go
on behind what they have heard."""

import select
import threading
import time

from harness.client import Client, fresh_key
from harness.live import Ended, Live, Refused
from harness.raw import Closed
from harness.waiting import PATIENCE, wait_until
from harness.writers import BROKEN

ANSWER_SECONDS = 15


class Background:
    """A thread that goes on until it is told to stop; its end raises what went wrong in it."""

    def __init__(self):
        self.stopped = threading.Event()
        self.wrong = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.stopped.is_set():
                self.go_on()
        except BaseException as wrong:
            self.wrong = wrong
        self.leave()

    def end(self):
        self.stopped.set()
        self.thread.join()
        if self.wrong is not None:
            raise self.wrong


class Talker(Background):
    """Says one thing after the other, each until it is acknowledged."""

    def __init__(self, person, room, gateways):
        super().__init__()
        self.room = room
        self.clients = [Client(one, person.api.token) for one in gateways]
        self.turn = 0
        self.said = 0

    def go_on(self):
        body = {"client_msg_id": fresh_key(), "text": f"word {self.said}"}
        end = time.monotonic() + ANSWER_SECONDS * PATIENCE
        while True:
            self.turn += 1
            try:
                answer = self.clients[self.turn % len(self.clients)].post(
                    f"/v1/rooms/{self.room['id']}/messages", body)
                if answer.status in (200, 201):
                    break
                assert answer.status == 503, answer
            except BROKEN as broken:
                answer = broken
            assert time.monotonic() < end, answer
            time.sleep(0.01)
        self.said += 1
        time.sleep(0.02)

    def leave(self):
        for one in self.clients:
            one.close()


class Watcher(Background):
    """Hears a room, dense and in order, at whichever gateway lives."""

    def __init__(self, person, room, gateways, turn):
        super().__init__()
        self.token = person.api.token
        self.room = room
        self.gateways = gateways
        self.turn = turn
        self.heard = 0
        self.live = None
        self.endings = []  # (was told server.draining, close code)
        self.told = False

    def go_on(self):
        try:
            if self.live is None:
                self.connect()
            elif self.live.set_aside or self.live.raw.received or self.something_comes():
                self.take(self.live.receive())
        except Ended as end:
            self.endings.append((self.told, end.code))
            self.leave()
            self.turn += 1
        except Refused as refused:
            assert refused.answer.status == 503, refused
            self.go_elsewhere()
        except (*BROKEN, Closed):
            self.go_elsewhere()

    def go_elsewhere(self):
        self.leave()
        self.turn += 1
        time.sleep(0.01)

    def connect(self):
        gateway = self.gateways[self.turn % len(self.gateways)]
        asking = Client(gateway, self.token, seconds=5)
        try:
            answer = asking.post("/v1/ws/tickets", {})
        finally:
            asking.close()
        if answer.status != 201:
            assert answer.status == 503, answer
            raise ConnectionError(str(answer))
        self.told = False
        self.live = Live(gateway, answer.json["ticket"])
        self.live.hello()
        answer = self.live.ask("subscribe", {"after_seq": self.heard}, f"room:{self.room['id']}")
        if answer["type"] != "subscribed":
            assert answer["data"]["code"] == "shard_unavailable", answer
            raise ConnectionError(str(answer))

    def something_comes(self):
        return select.select([self.live.raw.socket], [], [], 0.05)[0]

    def take(self, message):
        if message["type"] == "server.draining":
            self.told = True
            return
        assert message["type"] == "chat.message", message
        assert message["seq"] == self.heard + 1, (self.heard, message)
        self.heard += 1

    def leave(self):
        if self.live is not None:
            self.live.cut()
        self.live = None


class Talk:
    """Rooms with a talker and two watchers each, while something happens to the cluster."""

    def __init__(self, cluster, rooms=4):
        gateways = [one.http for one in cluster.members]
        sam = cluster[0].market().seller("Sam")
        bicycle = sam.offer()
        self.talkers, self.watchers = [], []
        for number in range(rooms):
            ada = cluster[0].market().person(f"Ada {number}")
            room = ada.room_about(bicycle)
            self.talkers.append(Talker(ada, room, gateways))
            self.watchers += [Watcher(ada, room, gateways, number),
                              Watcher(sam, room, gateways, number + 1)]

    def __enter__(self):
        for one in [*self.talkers, *self.watchers]:
            one.thread.start()
        wait_until(lambda: all(one.heard >= 3 or one.wrong for one in self.watchers),
                   "all hear something", 20)
        return self

    def __exit__(self, *_):
        """Whatever was said is heard by everybody."""
        try:
            for one in self.talkers:
                one.end()
            said = {one.room["id"]: one.said for one in self.talkers}
            wait_until(lambda: all(one.wrong or one.heard >= said[one.room["id"]]
                                   for one in self.watchers), f"all hear all of {said}", 20)
        finally:
            for one in [*self.talkers, *self.watchers]:
                one.stopped.set()
        for one in self.watchers:
            one.end()
            assert one.heard == said[one.room["id"]], (one.heard, said)
