"""A WebSocket client on a bare socket: polite by default, raw frames on request."""

import base64
import json
import os
import socket
import struct

from harness.raw import Closed, RawConnection
from harness.waiting import PATIENCE

SUBPROTOCOL = "resalehub.v1.json"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode, payload=b"", final=True, masked=True, reserved=0):
    """The bytes of one frame, also of one that may not be sent."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    bit = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 65_536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    pad = (mask * (size // 4 + 1))[:size]
    hidden = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
    return head + mask + hidden


def handshake(target, host, fields=None, method="GET", version="HTTP/1.1"):
    """The bytes of an upgrade request; a field of None is left out."""
    all_fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
    } | (fields or {})
    lines = [f"{method} {target} {version}"]
    lines += [f"{name}: {value}" for name, value in all_fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Ended(Exception):
    """The node closed the channel; `code` is its close code, None without a close frame."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code = code


class Refused(AssertionError):
    """The handshake was answered otherwise."""

    def __init__(self, answer):
        super().__init__(f"the handshake was answered with {answer}")
        self.answer = answer


class Live:
    """One connection. `send` and `receive` speak the protocol's messages."""

    def __init__(self, address, ticket, early=b"", fields=None, seconds=10):
        self.raw = RawConnection(address, seconds)
        self.raw.send(handshake(f"/v1/ws?ticket={ticket}", address, fields) + early)
        answer = self.raw.answer()
        if answer.status != 101:
            self.raw.close()
            raise Refused(answer)
        self.answer = answer
        self.sent = 0
        self.set_aside = []

    # -- messages ----------------------------------------------------------------------------------

    def send(self, kind, data=None, channel=None):
        """The message's id."""
        self.sent += 1
        message = {"v": 1, "id": str(self.sent), "type": kind, "data": data or {}}
        if channel:
            message["ch"] = channel
        self.send_text(json.dumps(message))
        return message["id"]

    def send_text(self, text):
        self.send_bytes(frame(TEXT, text if isinstance(text, bytes) else text.encode()))

    def send_bytes(self, data):
        self.raw.send(data)

    def receive(self):
        """The next message; pings are answered on the way."""
        if self.set_aside:
            return self.set_aside.pop(0)
        return self.receive_new()

    def receive_new(self):
        while True:
            opcode, payload = self.receive_frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == PING:
                self.send_bytes(frame(PONG, payload))
            if opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
                raise Ended(code, payload[2:].decode("utf-8", "replace"))

    def receive_frame(self):
        try:
            first, second = self.raw.take(2)
            assert second & 0x80 == 0, "a server does not mask"
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self.raw.take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self.raw.take(8))[0]
            return first & 0x0F, self.raw.take(size)
        except Closed:
            raise Ended(None) from None

    def reply(self, reference):
        """The answer to one's own message; what came before it is kept for `receive`."""
        while True:
            message = self.receive_new()
            if message.get("ref") == reference:
                return message
            self.set_aside.append(message)

    def ask(self, kind, data=None, channel=None):
        return self.reply(self.send(kind, data, channel))

    # -- the usual beginning -----------------------------------------------------------------------

    def hello(self):
        welcome = self.ask("hello")
        assert welcome["type"] == "welcome", welcome
        return welcome["data"]

    def subscribe(self, room, after_seq=None):
        """What the answer says of the channel."""
        data = {} if after_seq is None else {"after_seq": after_seq}
        answer = self.ask("subscribe", data, f"room:{room['id']}")
        assert answer["type"] == "subscribed", answer
        return answer["data"]

    def chat(self):
        """The next message of a room: its data. Its place in the channel is the message's own."""
        message = self.receive()
        assert message["type"] == "chat.message", message
        assert message["seq"] == message["data"]["seq"], message
        assert message["ch"] == f"room:{message['data']['room_id']}", message
        assert message["ts"], message
        return message["data"]

    # -- the end -----------------------------------------------------------------------------------

    def close_code(self, seconds=10):
        """Reads on to the end; the node's close code."""
        self.raw.socket.settimeout(seconds * PATIENCE)
        try:
            while True:
                self.receive_new()
        except Ended as end:
            return end.code
        except socket.timeout:
            raise AssertionError("the channel was not closed") from None

    def leave(self):
        self.send_bytes(frame(CLOSE, struct.pack("!H", 1000)))
        code = self.close_code()
        self.raw.close()
        return code

    def cut(self):
        """Without a word."""
        self.raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()
