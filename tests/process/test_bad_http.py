"""Bytes that are no sound HTTP: each row H of the hardening list over a real socket, sent whole and
byte by byte. The answer is the same, and the process lives."""

import os
import threading

import pytest

from harness.http_cases import BODY, CASES, CHUNKED, chunks, get, post, sized
from harness.raw import Closed, RawConnection
from harness.waiting import wait_until

OPTIONS = {"limits.idle_ms": 20_000}
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()


def goes_on(connection):
    """Whether a further request is answered."""
    try:
        return connection.send(ALIVE).answer().status == 200
    except Closed:
        return False


@pytest.mark.parametrize("way", ["whole", "byte by byte"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_row_is_answered_as_it_should(node, case, way):
    with RawConnection(node.http) as connection:
        send = connection.send if way == "whole" else connection.send_byte_by_byte
        send(case.data)
        answer = connection.answer(case.method)
        assert (answer.status, answer.code if case.code else None) == (case.status, case.code), (
            answer)
        assert answer.fields.get("date") and answer.fields.get("request-id")
        if answer.status in (405, 204):
            assert answer.fields["allow"]
        if case.closes:
            assert answer.fields.get("connection") == "close", answer
            assert connection.is_closed()
        else:
            assert goes_on(connection)


def test_an_answer_to_a_second_field_of_the_same_kind_is_a_refusal(node):
    for twice in (b"Authorization: Bearer x", b"Idempotency-Key: x", b"If-Match: \"v1\""):
        request = post(twice, twice, b"Content-Length: 2", body=b"{}").replace(
            b"/v1/auth/refresh", b"/v1/listings")
        with RawConnection(node.http) as connection:
            answer = connection.send(request).answer()
            assert answer.status in (400, 401), answer
            if twice.startswith(b"Auth"):
                assert answer.code == "malformed_request"

# -- one request does not touch the next -----------------------------------------------------------


def test_what_stands_behind_a_body_is_the_next_request(node):
    with RawConnection(node.http) as connection:
        connection.send(sized() + ALIVE + chunks(CHUNKED) + ALIVE)
        assert [connection.answer().status for _ in range(4)] == [401, 200, 401, 200]
    with RawConnection(node.http) as connection:  # H21: what is left over is no request
        connection.send(post(b"Content-Length: 21", body=BODY + b"}}}}\r\n\r\n"))
        assert [connection.answer().status for _ in range(2)] == [401, 400]
        assert connection.is_closed()


def test_what_stands_behind_a_framing_error_never_runs(node, seller):
    smuggled = (b"POST /v1/listings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + seller.api.token.encode() + b"\r\nIdempotency-Key: x\r\n"
                b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    with RawConnection(node.http) as connection:
        connection.send(post(b"Transfer-Encoding: identity") + smuggled)
        assert connection.answer().status == 400
        assert connection.is_closed() and connection.received == b""


def test_a_refusal_about_content_leaves_the_connection_open(node):
    with RawConnection(node.http) as connection:
        connection.send(sized(body=b"nonsense") + ALIVE)
        assert [connection.answer().status for _ in range(2)] == [400, 200]


def test_five_hundred_requests_at_once_are_answered_in_order(node, market, seller):
    listings = [seller.offer(title=f"Thing {n}")["id"].encode() for n in range(5)]
    requests = [get(target=b"/v1/listings/" + listings[n % 5]) for n in range(500)]
    with RawConnection(node.http, seconds=30) as connection:
        sending = threading.Thread(target=connection.send, args=(b"".join(requests),))
        sending.start()
        for n in range(500):
            answer = connection.answer()
            assert answer.status == 200 and listings[n % 5] in answer.body
        sending.join()


def test_a_body_that_is_cut_short_runs_nothing(node, market):
    email = "cut@example.org"
    body = b'{"email":"%s","password":"long enough","display_name":"Cut"}' % email.encode()
    with RawConnection(node.http) as connection:
        connection.send(b"POST /v1/auth/signup HTTP/1.1\r\nHost: x\r\nIdempotency-Key: cut\r\n"
                        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                        % (len(body) + 1) + body)
    market.visitor().post("/v1/auth/login", {"email": email, "password": "long enough"}).refused(
        401, "unauthenticated")


def test_a_continue_is_sent_before_the_body_is_read(node):
    with RawConnection(node.http) as connection:
        connection.send(sized(b"Expect: 100-continue", body=BODY)[:-len(BODY)])
        status, _ = connection.take_head()
        assert status == 100
        assert connection.send(BODY).answer().status == 401


def test_a_body_over_the_limit_in_chunks_is_refused_at_the_limit(node):
    with RawConnection(node.http) as connection:
        connection.send(chunks(b"".join([b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 17)))
        answer = connection.answer()
        assert (answer.status, answer.code) == (413, "payload_too_large")
        assert connection.is_closed()


def test_an_empty_body_in_chunks_arrives_in_pieces(node, seller):
    head = (b"POST /v1/carts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: "
            b"Bearer " + seller.api.token.encode() + b"\r\n\r\n")
    for pieces in ((head, b"0\r\n", b"\r", b"\n"), (head + b"0\r\n", b"\r\n"),
                   (head + b"0\r\n\r\n",)):
        with RawConnection(node.http) as connection:
            for piece in pieces:
                connection.send(piece)
            assert connection.answer().status in (200, 201)


def test_a_close_wins_wherever_it_stands(node):
    for fields in ((b"Connection: keep-alive, close",), (b"Connection: keep-alive",
                                                         b"Connection: close")):
        with RawConnection(node.http) as connection:
            answer = connection.send(get(*fields)).answer()
            assert answer.status == 200 and answer.fields["connection"] == "close"
            assert connection.is_closed()
    with RawConnection(node.http) as connection:  # HTTP/1.0 closes unless it is asked not to
        connection.send(get(version=b"HTTP/1.0"))
        assert connection.answer().status == 200 and connection.is_closed()
    with RawConnection(node.http) as connection:
        connection.send(get(b"Connection: keep-alive", version=b"HTTP/1.0"))
        assert connection.answer().fields["connection"] == "keep-alive" and goes_on(connection)


def test_a_header_that_creeps_in_is_stopped_at_its_limit(node):
    with RawConnection(node.http) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        try:
            for _ in range(2_000):
                connection.socket.sendall(b"X-Abcdef: y\r\nX")
                connection.socket.sendall(b"-Z: z\r\n")
        except OSError:
            pass
        assert connection.answer().status == 431
        assert connection.is_closed()


def test_there_is_nothing_left_of_those_who_came_and_went(node):
    before = len(open_files(node))
    for _ in range(200):
        RawConnection(node.http).send(b"GET /hea").close()
    wait_until(lambda: len(open_files(node)) <= before + 5, "the connections are closed", 5)


def open_files(node):
    return os.listdir(f"/proc/{node.pid}/fd")
