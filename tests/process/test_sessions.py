"""Signing up and in, refreshing, signing out: what each token is worth, and for how long."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client
from harness.story import PASSWORD
from harness.waiting import wait_until

OPTIONS = {"auth.session_recheck_ms": 200}


def refresh(market, token):
    return market.visitor().post("/v1/auth/refresh", {"refresh_token": token})


def test_signing_up_signs_in(market):
    answer = market.visitor().keyed("/v1/auth/signup", {
        "email": "New@Example.org", "password": PASSWORD, "display_name": "New"})
    session = answer.expect(201)
    assert session["token_type"] == "Bearer" and session["expires_in"] == 300
    assert session["user"]["email"] == "new@example.org"
    me = Client(market.http, session["access_token"]).get("/v1/me").expect(200)
    assert me == session["user"]
    assert "password" not in answer.body.decode().replace('"allowed_actions"', "")


def test_an_address_has_one_account_however_it_is_written(market, buyer):
    for email in (buyer.email, buyer.email.upper(), f" {buyer.email}"):
        answer = market.visitor().keyed("/v1/auth/signup", {
            "email": email, "password": PASSWORD, "display_name": "Again"})
        assert answer.status in (409, 422), answer
        if answer.status == 409:
            answer.refused(409, "already_exists")


def test_of_many_who_want_one_address_at_once_one_gets_it(market):
    def sign_up(_):
        return market.visitor().keyed("/v1/auth/signup", {
            "email": "wanted@example.org", "password": PASSWORD, "display_name": "Me"}).status

    with ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(sign_up, range(16)))
    assert statuses == [201] + [409] * 15


@pytest.mark.parametrize("email", ["nobody", "a@", "@b.org", "a b@c.org", "a@b@c.org",
                                   "a" * 300 + "@b.org", "a@b..org", "märz@example.org",
                                   "a@bücher.example", "", "a@-b.org", ".a@b.org"])
def test_a_malformed_address_is_refused(market, email):
    market.visitor().keyed("/v1/auth/signup", {
        "email": email, "password": PASSWORD, "display_name": "X"}).refused(
        422, "validation_failed", "out_of_range")


def test_a_wrong_password_and_an_unknown_address_look_the_same(market, buyer):
    wrong = market.visitor().post("/v1/auth/login",
                                  {"email": buyer.email, "password": "something else"})
    unknown = market.visitor().post("/v1/auth/login",
                                    {"email": "nobody@example.org", "password": PASSWORD})
    problems = [one.refused(401, "unauthenticated") for one in (wrong, unknown)]
    for one in problems:
        del one["request_id"], one["instance"]
    assert problems[0] == problems[1]


def test_a_refresh_gives_a_new_pair_and_the_old_one_used_again_ends_the_family(market, buyer):
    first = buyer.session
    second = refresh(market, first["refresh_token"]).expect(200)
    assert second["refresh_token"] != first["refresh_token"]
    Client(market.http, second["access_token"]).get("/v1/me").expect(200)
    third = refresh(market, second["refresh_token"]).expect(200)

    refresh(market, first["refresh_token"]).refused(401, "session_revoked")

    refresh(market, third["refresh_token"]).refused(401, "session_revoked")
    refresh(market, second["refresh_token"]).refused(401, "session_revoked")
    for session in (first, second, third):
        api = Client(market.http, session["access_token"])
        wait_until(lambda: api.get("/v1/me").status == 401, "the whole family is dead", 2)
        api.get("/v1/me").refused(401, "session_revoked")
    _, other_device = buyer.log_in()  # the account itself lives
    other_device.get("/v1/me").expect(200)


def test_signing_out_takes_effect_and_again_is_the_same(market, buyer):
    session, api = buyer.log_in()
    api.get("/v1/me").expect(200)
    body = {"refresh_token": session["refresh_token"]}
    assert market.visitor().post("/v1/auth/logout", body).status == 204
    wait_until(lambda: api.get("/v1/me").status == 401, "the access token is dead", 2)
    api.get("/v1/me").refused(401, "session_revoked")
    refresh(market, session["refresh_token"]).refused(401, "session_revoked")
    assert market.visitor().post("/v1/auth/logout", body).status in (204, 401)
    buyer.me()  # the other session goes on


def test_signing_in_again_opens_a_session_of_its_own(market, buyer):
    first, _ = buyer.log_in()
    second, _ = buyer.log_in()
    assert first["refresh_token"] != second["refresh_token"]
    refresh(market, first["refresh_token"]).expect(200)
    refresh(market, second["refresh_token"]).expect(200)


@pytest.mark.parametrize("token", ["x", "AAAA", "a.b.c"])
def test_a_refresh_token_that_is_not_ours_is_refused(market, buyer, token):
    refresh(market, token).refused(401, "unauthenticated")
    refresh(market, buyer.session["access_token"]).refused(401, "unauthenticated")
    own = buyer.session["refresh_token"]
    refresh(market, own[:-1] + ("A" if own[-1] != "A" else "B")).refused(401, "unauthenticated")
    market.visitor().post("/v1/auth/logout", {"refresh_token": token}).refused(
        401, "unauthenticated")


def test_a_session_that_ended_stays_ended_after_a_kill(node, market, buyer):
    session, api = buyer.log_in()
    market.visitor().post("/v1/auth/logout", {"refresh_token": session["refresh_token"]})
    node.kill()
    node.restart()
    api.get("/v1/me").refused(401, "session_revoked")
    refresh(market, session["refresh_token"]).refused(401, "session_revoked")
    buyer.me()


def test_the_public_key_is_published(market):
    [key] = market.visitor().get("/.well-known/jwks.json").expect(200)["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert "d" not in key


def test_beginning_to_sell_twice_is_the_same(buyer):
    assert buyer.open_shop() == buyer.open_shop() == {"status": "open", "user_id": buyer.id}
