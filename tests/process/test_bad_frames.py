"""Frames that may not be sent: rows W8 to W22 of the hardening list, each with its close code."""

import struct

import pytest

from harness.live import BINARY, CLOSE, PING, PONG, TEXT, frame

HELLO = b'{"v":1,"id":"1","type":"hello","data":{}}'
PINGING = b'{"v":1,"id":"2","type":"ping","data":{}}'
OPTIONS = {"limits.websocket_messages_per_min": 1_000_000}


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()


def closing(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def sized(length_bytes, payload=b""):
    """A text frame whose length is written like this."""
    return b"\x81" + length_bytes + bytes(4) + payload


CASES = [
    ("W8 unmasked", frame(TEXT, HELLO, masked=False), 1002),
    *[(f"W9 reserved bit {bit}", frame(TEXT, HELLO, reserved=bit), 1002) for bit in (4, 2, 1)],
    *[(f"W10 opcode {code}", frame(code, b"x"), 1002)
      for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    ("W11 a ping of 126 bytes", frame(PING, b"x" * 126), 1002),
    ("W11 a ping in fragments", frame(PING, b"x", final=False), 1002),
    ("W11 a close in fragments", frame(CLOSE, b"", final=False), 1002),
    ("W12 a continuation first", frame(0, b"x"), 1002),
    ("W12 new data inside fragments", frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
    ("W13 bytes that are no UTF-8", frame(TEXT, b'{"v":"\xff"}'), 1007),
    ("W13 a surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
    ("W13 cut inside a code point", frame(TEXT, b"\xf0\x9f", final=True), 1007),
    ("W13 bad in the second fragment",
     frame(TEXT, b"\xf0\x9f", final=False) + frame(0, b"\x41\x41"), 1007),
    ("W14 over 64 KiB", frame(TEXT, b"x" * 65_537), 1009),
    ("W14 over 64 KiB in fragments",
     frame(TEXT, b"x" * 40_000, final=False) + frame(0, b"x" * 40_000), 1009),
    ("W15 2^63-1 declared", sized(b"\xff" + struct.pack("!Q", 2**63 - 1)), 1009),
    ("W16 a short length in two bytes", sized(b"\xfe" + struct.pack("!H", 5), b"hello"), 1002),
    ("W16 a short length in eight bytes", sized(b"\xff" + struct.pack("!Q", 5), b"hello"), 1002),
    ("W17 a close of one byte", frame(CLOSE, b"\x03"), 1002),
    *[(f"W17 close code {code}", closing(code), 1002)
      for code in (0, 999, 1004, 1005, 1006, 1015, 2999)],
    ("W17 a reason that is no UTF-8", closing(1000, b"\xff"), 1007),
    *[(f"W18 close code {code}", closing(code), 1002) for code in (5000, 65_535)],
    ("W19 2,000 empty fragments",
     frame(TEXT, b"", final=False) + frame(0, b"", final=False) * 2_000, 4400),
    ("W20 1,000 pings", frame(PING, b"") * 1_000, 4429),
    ("W20 1,000 pongs", frame(PONG, b"") * 1_000, 4429),
    ("W21 binary", frame(BINARY, HELLO), 4400),
]


@pytest.mark.parametrize("way", ["whole", "byte by byte", "behind a sound message"])
@pytest.mark.parametrize("what, data, code", CASES, ids=[case[0] for case in CASES])
def test_each_row_closes_with_its_code(buyer, what, data, code, way):
    if way == "byte by byte" and len(data) > 10_000:
        data = data[:200] if code == 1009 and data[1] & 0x7F == 127 else data
    live = buyer.connect()
    if way == "behind a sound message":
        live.send_bytes(frame(TEXT, HELLO) + data)
    elif way == "whole":
        live.send_bytes(data)
    else:
        live.raw.send_byte_by_byte(data)
    assert live.close_code() == code
    live.cut()


def test_the_top_bit_of_a_length_is_refused(buyer):
    live = buyer.connect()
    live.send_bytes(sized(b"\xff" + struct.pack("!Q", 2**63)))
    assert live.close_code() in (1002, 1009)
    live.cut()


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1011, 3000, 4999])
def test_a_sound_close_is_echoed(buyer, code):
    live = buyer.live()
    live.send_bytes(closing(code, b"bye"))
    assert live.close_code() == code
    live.cut()


def test_an_empty_close_is_answered(buyer):
    live = buyer.live()
    live.send_bytes(frame(CLOSE))
    assert live.close_code() in (None, 1000, 1005)
    live.cut()


def test_sound_messages_are_understood_however_they_are_cut(buyer):
    live = buyer.connect()
    live.send_bytes(frame(TEXT, HELLO[:7], final=False) + frame(PING, b"between")
                    + frame(0, HELLO[7:20], final=False) + frame(0, HELLO[20:]))
    assert live.receive_frame() == (PONG, b"between")
    assert live.receive()["type"] == "welcome"
    live.raw.send_byte_by_byte(frame(TEXT, PINGING))
    assert live.receive()["type"] == "pong"
    live.send_bytes(frame(TEXT, b" " * (65_536 - len(PINGING)) + PINGING))
    assert live.receive()["type"] == "pong"
    live.cut()


@pytest.mark.parametrize("text", [
    b"", b"nonsense", b"{", b"[]", b"null", b'{"v":1,}', b'{"v":1,"v":1}', b"[" * 1_000,
    b'{"v":2,"id":"9","type":"ping","data":{}}', b'{"v":1,"id":"9","data":{}}',
    b'{"v":1,"id":"9","type":"unheard.of","data":{}}', b'{"v":1,"id":"9","type":7}',
    b'{"v":1,"id":"9","type":"ping","data":[]}', b'{"v":1,"id":"9","type":"ping","surprise":1}',
    b'{"v":1,"id":"9","type":"subscribe","ch":"room:room_x","data":{"after_seq":"1"}}',
    b'{"v":1,"id":"9","type":"subscribe","data":{}}',
    b'{"v":1,"id":"9","type":"subscribe","ch":"moon:1","data":{}}',
    b'{"v":1,"id":"9","type":"chat.send","ch":"room:x","data":{}}',
    '{"v":1,"id":"9","type":"ping","data":{"a":"\\ud800"}}'.encode()])
def test_a_message_that_is_not_understood_is_answered_with_a_problem(buyer, text):
    live = buyer.live()
    live.send_text(text)
    answer = live.receive()
    assert answer["type"] == "error", answer
    assert answer["data"]["code"] and answer["data"]["type"].startswith("/problems/")
    assert answer["data"]["request_id"]
    assert live.ask("ping")["type"] == "pong"
    live.cut()


def test_ten_errors_are_answered_and_then_it_is_enough(buyer):
    live = buyer.live()
    for _ in range(10):
        live.send_text("nonsense")
        assert live.receive()["type"] == "error"
    live.send_text("nonsense")
    assert live.close_code() == 4400
    live.cut()


def test_before_a_hello_nothing_else_is_heard(buyer, seller):
    room = buyer.room_about(seller.offer())
    live = buyer.connect()
    live.send("subscribe", {}, f"room:{room['id']}")
    assert live.receive()["type"] == "error"
    live.hello()
    live.subscribe(room)
    live.cut()
