"""Clients that write without pause, each under a key, and remember what was acknowledged.

A write is `sure` once it was acknowledged; one whose connection broke is `open`: it may or may not
have happened, until it is sent again under its key.
"""

import http.client
import itertools
from dataclasses import dataclass

from harness.story import Person, bicycle

BROKEN = (OSError, http.client.HTTPException)


@dataclass
class Write:
    """One keyed request, and its answer once there is one."""

    person: Person
    path: str
    body: dict
    key: str | None = None
    answer: object = None

    def send(self):
        answer = self.person.api.post(self.path, self.body, key=self.key)
        answer.expect(200, 201)
        return answer


class Writer:
    """A seller and a buyer of its own: listings, stock adjustments and messages in turn."""

    def __init__(self, market, name):
        self.name = name
        self.seller = market.seller(f"Seller {name}")
        self.buyer = market.person(f"Buyer {name}")
        self.counted = self.seller.offer(title=f"Counted {name}", quantity=1)
        self.room = self.buyer.room_about(self.counted)
        self.sure = []
        self.open = []
        self.numbers = itertools.count(1)

    def next_write(self):
        number = next(self.numbers)
        key = f"{self.name}-{number}"
        kind = number % 3
        if kind == 0:
            return Write(self.seller, "/v1/listings", bicycle(title=f"Thing {key}"), key)
        if kind == 1:
            return Write(self.seller, f"/v1/listings/{self.counted['id']}/stock-adjustments",
                         {"delta": 1, "reason": key}, key)
        author = self.buyer if number % 2 else self.seller
        return Write(author, f"/v1/rooms/{self.room['id']}/messages",
                     {"client_msg_id": key, "text": f"Message {key}"})

    def write_until_cut_off(self):
        """Returns when the node is gone."""
        while True:
            write = self.next_write()
            try:
                write.answer = write.send()
            except BROKEN:
                self.open.append(write)
                return
            self.sure.append(write)

    def settle(self):
        """Sends again what was left open: now it has happened, once."""
        for write in self.open:
            write.answer = write.send()
            self.sure.append(write)
        self.open = []

    # -- what the node must say now ----------------------------------------------------------------

    def of(self, ending):
        return [write for write in self.sure if write.path.endswith(ending)]

    def check_repeated(self, last=4):
        """The same key: the same answer."""
        for write in self.sure[-last:]:
            again = write.send()
            assert again.body == write.answer.body, f"{again} is not {write.answer}"
            assert again.replayed, again

    def check_listings(self, since=0):
        """Each acknowledged listing reads back as it was acknowledged."""
        for write in self.of("/v1/listings")[since:]:
            assert self.seller.see(write.answer.json) == write.answer.json

    def check_counted(self):
        """Each adjustment took effect, and none twice."""
        now = self.seller.see(self.counted)["quantity"]
        assert now == 1 + len(self.of("/stock-adjustments"))

    def check_room(self):
        """The room is dense, and holds each message once, where its answer said."""
        messages = self.buyer.messages(self.room)
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        said = {write.body["client_msg_id"]: write.answer.json for write in self.of("/messages")}
        assert {one["client_msg_id"]: one for one in messages} == said
        assert len(messages) == len(said)
        assert self.buyer.see_room(self.room)["last_seq"] == len(messages)

    def check_own_list(self):
        """The seller's own list holds what was made, each once, and nothing else."""
        listed = [one["id"] for one in self.seller.api.pages("/v1/me/listings")]
        made = [write.answer.json["id"] for write in self.of("/v1/listings")]
        assert sorted(listed) == sorted([*made, self.counted["id"]])
