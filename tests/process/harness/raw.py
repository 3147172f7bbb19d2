"""Bytes over a socket, and what comes back: for requests that no client would send."""

import json
import socket
from dataclasses import dataclass

from harness import reach
from harness.waiting import PATIENCE


class Closed(Exception):
    """The node closed the connection."""


@dataclass
class RawAnswer:
    status: int
    fields: dict  # lower-case names
    body: bytes

    @property
    def code(self):
        """Of the problem, or nothing."""
        if self.fields.get("content-type") != "application/problem+json" or not self.body:
            return None
        return json.loads(self.body)["code"]


class RawConnection:
    def __init__(self, address, seconds=5):
        host, port = address.rsplit(":", 1)
        self.socket = reach.connect(host, int(port), seconds * PATIENCE)
        self.received = b""

    def send(self, data):
        """All of it, though the node may refuse and close in the middle."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def send_byte_by_byte(self, data):
        for at in range(len(data)):
            try:
                self.socket.send(data[at:at + 1])
            except (BrokenPipeError, ConnectionResetError):
                break
        return self

    def receive(self):
        try:
            part = self.socket.recv(65_536)
        except ConnectionResetError:
            part = b""
        if not part:
            raise Closed
        self.received += part

    def take(self, count):
        while len(self.received) < count:
            self.receive()
        part, self.received = self.received[:count], self.received[count:]
        return part

    def take_head(self):
        while b"\r\n\r\n" not in self.received:
            self.receive()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return int(lines[0].split()[1]), fields

    def answer(self, method="GET"):
        """The next final answer; interim ones are noted in `interim`."""
        self.interim = []
        while True:
            status, fields = self.take_head()
            if status == 101 or status >= 200:
                break
            self.interim.append(status)
        bodiless = method == "HEAD" or status in (101, 204, 304)
        body = b"" if bodiless else self.take(int(fields.get("content-length", 0)))
        return RawAnswer(status, fields, body)

    def is_closed(self):
        """Waits for the end; false when more bytes come, or none in time."""
        try:
            while True:
                self.receive()
        except Closed:
            return True
        except socket.timeout:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
