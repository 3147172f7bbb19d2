"""Access tokens that are not what we issued: the rows T of the hardening list."""

import base64
import hashlib
import hmac
import json

import pytest

from harness.client import Client
from harness.node import Node
from harness.raw import RawConnection
from harness.shims import ShiftedClock
from harness.story import Market


def encoded(data):
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def changed(token, header=None, payload=None, signature=None):
    """The token with other contents, under its old signature."""
    old_header, old_payload, old_signature = token.split(".")
    parts = [old_header if header is None else encoded(decoded(old_header) | header),
             old_payload if payload is None else encoded(decoded(old_payload) | payload),
             old_signature if signature is None else signature]
    return ".".join(parts)


def refused(market, token):
    Client(market.http, token).get("/v1/me").refused(401, "unauthenticated")


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()


@pytest.mark.parametrize("value", ["", "Basic YTpi", "Bearer", "Bearer ", "bearer", "Token x", "x",
                                   "Bearer  ", "Bearer a b"])
def test_what_is_no_bearer_token_is_refused(market, value):
    Client(market.http).get("/v1/me", headers={"Authorization": value}).refused(
        401, "unauthenticated")


def test_the_scheme_may_be_written_in_any_case(market, buyer):
    for scheme in ("Bearer", "bearer", "BEARER"):
        Client(market.http).get("/v1/me", headers={
            "Authorization": f"{scheme} {buyer.api.token}"}).expect(200)


def test_two_tokens_are_refused(node, buyer):
    field = b"Authorization: Bearer " + buyer.api.token.encode() + b"\r\n"
    with RawConnection(node.http) as connection:
        connection.send(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n" + field * 2 + b"\r\n")
        assert connection.answer().status == 400


def test_a_token_of_another_shape_is_refused(market, buyer):
    good = buyer.api.token
    header, payload, signature = good.split(".")
    for token in (f"{header}.{payload}", f"{good}.{signature}", f"..{signature}", f"{header}..",
                  "..", ".", f".{payload}.{signature}", f"{header}.{payload}.", f"{good}.",
                  "x" * 9_000, good + "x" * 9_000, good[::-1]):
        refused(market, token)


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, 1, "HS256",
                                       "ES256", "RS256", "EdDSA ", "eddsa"])
def test_another_algorithm_is_refused(market, buyer, algorithm):
    for signature in (None, "", encoded(bytes(64))):
        refused(market, changed(buyer.api.token, {"alg": algorithm}, signature=signature))


def test_the_public_key_is_no_secret_to_sign_with(market, buyer):
    [key] = market.visitor().get("/.well-known/jwks.json").expect(200)["keys"]
    raw = base64.urlsafe_b64decode(key["x"] + "=")
    for secret in (raw, key["x"].encode(), json.dumps(key).encode()):
        header, payload, _ = changed(buyer.api.token, {"alg": "HS256"}).split(".")
        mac = hmac.new(secret, f"{header}.{payload}".encode(), hashlib.sha256).digest()
        refused(market, f"{header}.{payload}.{encoded(mac)}")


@pytest.mark.parametrize("payload", [
    {"exp": 99_999_999_999}, {"exp": None}, {"nbf": 99_999_999_999}, {"iat": 99_999_999_999},
    {"iss": "somebody"}, {"aud": "somebody"}, {"sub": 7}, {"sub": "usr_x"}, {"sid": "1"},
    {"sid": "999"}, {"role": "admin"}, {"gen": 7}])
def test_a_changed_claim_is_refused(market, buyer, payload):
    if decoded(buyer.api.token.split(".")[1]).get(next(iter(payload))) == next(
            iter(payload.values())):
        payload = {next(iter(payload)): "2"}
    refused(market, changed(buyer.api.token, payload=payload))


def test_somebody_elses_claims_are_refused_under_ones_own_signature(market, buyer):
    other = market.person("Eve").api.token.split(".")
    mine = buyer.api.token.split(".")
    refused(market, ".".join([mine[0], other[1], mine[2]]))
    refused(market, ".".join([mine[0], mine[1], other[2]]))


@pytest.mark.parametrize("header", [
    {"kid": "unknown"}, {"kid": "../../etc/passwd"}, {"kid": "' OR 1=1 --"}, {"kid": "k" * 1_024},
    {"kid": None}, {"jku": "http://127.0.0.1:1/keys"}, {"x5u": "http://127.0.0.1:1/cert"},
    {"jwk": {"kty": "OKP"}}, {"crit": ["exp"]}, {"typ": "JWT"}, {"typ": "refresh"}])
def test_a_changed_header_is_refused(market, buyer, header):
    refused(market, changed(buyer.api.token, header))


def test_each_token_has_one_spelling(market, buyer):
    header, payload, signature = buyer.api.token.split(".")
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[signature[-1]]  # the last bits are not used
    for token in (f"{header}.{payload}.{signature}=", f"{header}=.{payload}.{signature}",
                  f"{header}.{payload}.{signature[:-1]}{last}", f"{header} .{payload}.{signature}",
                  f"{header}.{payload}.{signature}\t.", f"{header}.{payload}.{signature}%3D",
                  f"{header}.{payload}.{signature[:-1]}", f"{header}.{payload}.+{signature[1:]}"):
        refused(market, token)


@pytest.mark.parametrize("payload", [b"[]", b"null", b"7", b"", b"{}", b"\xff", b'"x"',
                                     b'{"sub":"a","sub":"b"}', b"{" * 1_000])
def test_a_payload_that_is_no_object_is_refused(market, buyer, payload):
    header, _, signature = buyer.api.token.split(".")
    refused(market, f"{header}.{encoded(payload)}.{signature}")


def test_a_refresh_token_is_no_access_token(market, buyer):
    refused(market, buyer.session["refresh_token"])
    refused(market, buyer.ticket())


def test_a_token_expires_and_a_refresh_gives_a_new_one():
    with ShiftedClock() as clock:
        with Node(environment=clock.environment) as node:
            market = Market(node.http, node.admin)
            ada = market.person("Ada")
            clock.go_ahead(290)
            ada.me()
            clock.go_ahead(71 + 60)  # past its life and the most that clocks may differ
            problem = ada.api.get("/v1/me").refused(401, "token_expired")
            assert not problem["retryable"]
            ada.enter(market.visitor().post("/v1/auth/refresh", {
                "refresh_token": ada.session["refresh_token"]}).expect(200))
            ada.me()
            clock.go_ahead(31 * 24 * 3600)  # a refresh token ends too
            market.visitor().post("/v1/auth/refresh", {
                "refresh_token": ada.session["refresh_token"]}).refused(
                    401, "unauthenticated", "session_revoked", "token_expired")
