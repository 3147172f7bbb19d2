"""Bad JSON and bad meaning: the rows J of the hardening list, on one route that has it all."""

import json

import pytest

from harness.story import bicycle, euros


def create(seller, body):
    return seller.api.keyed("/v1/listings", body)


def written(**fields):
    """A listing's body as bytes, with these fields as they are written."""
    text = json.dumps(bicycle())
    for name, value in fields.items():
        text = text.replace(f'"{name}": {json.dumps(bicycle()[name])}', f'"{name}": {value}')
    return text.encode("latin-1")


@pytest.fixture(autouse=True)
def the_process_lives(node):
    pid = node.pid
    yield
    assert node.lives() and node.pid == pid and node.answers("/healthz"), node.log_tail()


@pytest.mark.parametrize("body, code", [
    (b"", "malformed_json"), (b" ", "malformed_json"),
    (b'{"title": "x"', "malformed_json"), (b'{"title": "x",}', "malformed_json"),
    (b'{"title": "x" /* no */}', "malformed_json"), (b'{"title": NaN}', "malformed_json"),
    (b'{"title": Infinity}', "malformed_json"), (b"{'title': 1}", "malformed_json"),
    (b"{}{}", "malformed_json"), (b"{} 1", "malformed_json"), (b'{"a": 01}', "malformed_json"),
    (b'{"a": .5}', "malformed_json"), (b'{"a": "\t"}', "malformed_json"),
    (b'\xef\xbb\xbf{}', "malformed_json"), (b'{"title": "\xff"}', "malformed_json"),
    (b'{"title": "\xc0\xaf"}', "malformed_json"), (b'{"title": "\xed\xa0\x80"}', "malformed_json"),
    (b'{"title": "\\ud800"}', "malformed_json"), (b'{"title": "\\x41"}', "malformed_json"),
    (b'{"title": "a", "title": "b"}', "duplicate_key"),
    (b'{"price": {"amount": 1, "amount": 2}}', "duplicate_key"),
    (b'{"title": "a", "t\\u0069tle": "b"}', "duplicate_key"),
    (b"[" * 33 + b"]" * 33, "json_too_deep"), (b'{"a":' * 33 + b"1" + b"}" * 33, "json_too_deep"),
    (b"[" * 200_000, "json_too_deep"), (b'{"a":' * 150_000, "json_too_deep")])
def test_what_is_no_sound_json_is_refused(seller, body, code):
    create(seller, body).refused(400, code)


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"', b"[" * 32 + b"]" * 32])
def test_json_that_is_no_object_is_refused(seller, body):
    create(seller, body).refused(422, "validation_failed")


@pytest.mark.parametrize("field, value", [
    ("quantity", "1.5"), ("quantity", "1e999"), ("quantity", "9" * 400), ("quantity", '"1"'),
    ("quantity", "true"), ("quantity", "null"), ("quantity", "9007199254740993"),
    ("quantity", "9223372036854775808"), ("quantity", "-9223372036854775809"),
    ("quantity", "0"), ("quantity", "-1"), ("quantity", "1000001"),
    ("title", "1"), ("title", "true"), ("title", "null"), ("title", '""'),
    ("title", '"' + "x" * 141 + '"'), ("title", '"   "'), ("title", '"\\u200b\\u200b"'),
    ("title", '"a\\u0000b"'), ("title", '"a\\u0007b"'), ("title", '"a\\u202eb"'),
    ("title", '"a\\u2066b"'), ("title", '"a\\u2028b"'),
    ("description", '"' + "x" * 900_000 + '"'), ("description", '"a\\u0000b"'),
    ("condition", '"perfect"'), ("condition", "false"), ("condition", "1"),
    ("category", '"two words"'), ("category", '""'), ("category", '"' + "c" * 65 + '"'),
    ("price", '{"amount": 0, "currency": "EUR"}'), ("price", '{"amount": -1, "currency": "EUR"}'),
    ("price", '{"amount": 12.345, "currency": "EUR"}'),
    ("price", '{"amount": "12", "currency": "EUR"}'), ("price", '{"amount": 1}'),
    ("price", '{"currency": "EUR"}'), ("price", '{"amount": 1, "currency": "XXX"}'),
    ("price", '{"amount": 1, "currency": "eur"}'), ("price", '{"amount": 1, "currency": ""}'),
    ("price", '{"amount": 9007199254740993, "currency": "EUR"}'),
    ("price", '{"amount": 9223372036854775808, "currency": "EUR"}'),
    ("price", '{"amount": 1, "currency": "EUR", "extra": 1}'), ("price", "12"), ("price", "null"),
    ("price", '{"amount": 1e30, "currency": "EUR"}')])
def test_a_value_that_does_not_fit_is_refused_and_pointed_at(seller, field, value):
    problem = create(seller, written(**{field: value})).refused(
        422, "validation_failed", "out_of_range", "unknown_field")
    assert any(one["pointer"].startswith(f"/{field}") for one in problem["errors"]), problem


@pytest.mark.parametrize("field, value, kept", [
    ("quantity", "1.0", 1), ("quantity", "1e1", 10), ("quantity", "2.0e0", 2),
    ("title", '"  Blue\\u0020bicycle "', "Blue bicycle"),
    ("title", '"Fa\\u0301hre"', "F\u00e1hre"), ("title", '"\\ud83d\\udeb2"', "\U0001f6b2"),
    ("title", '"na\\u200dme"', "na\u200dme"), ("title", '"' + "x" * 140 + '"', "x" * 140),
    ("description", '""', ""), ("description", '"one\\ntwo\\tthree"', "one\ntwo\tthree")])
def test_a_value_that_is_written_another_way_is_taken(seller, field, value, kept):
    assert create(seller, written(**{field: value})).expect(201)[field] == kept


@pytest.mark.parametrize("field", ["role", "seller_id", "balance", "status", "id", "version",
                                   "available", "__proto__"])
def test_a_field_of_ours_cannot_be_given(seller, field):
    problem = create(seller, bicycle() | {field: "published"}).refused(422, "unknown_field")
    assert problem["errors"][0]["pointer"] == f"/{field}"


def test_all_that_is_wrong_is_told_at_once(seller):
    problem = create(seller, {"title": "", "quantity": 0, "surprise": 1}).json
    assert {"/title", "/quantity", "/surprise", "/price"} <= {
        one["pointer"] for one in problem["errors"]}


def test_an_amount_that_would_overflow_a_total_is_refused(seller, buyer):
    thing = create(seller, bicycle(price=euros(10**12), quantity=1_000_000))
    if thing.status == 422:  # above the cap of a price
        return
    listing = seller.publish(thing.json)
    cart = buyer.cart()
    answer = buyer.api.keyed(f"/v1/carts/{cart['id']}/items",
                             {"listing_id": listing["id"], "quantity": 1_000_000})
    assert answer.status in (200, 422), answer
    if answer.status == 200:
        assert answer.json["totals"]["items"]["amount"] <= 2**53


@pytest.mark.parametrize("body", [
    {}, {"cart_id": "x", "listing_id": "y", "quantity": 1}, {"listing_id": "x"}, {"quantity": 1},
    {"cart_id": "x", "quantity": 1}])
def test_a_checkout_is_of_a_cart_or_of_a_listing(buyer, body):
    buyer.api.keyed("/v1/checkouts", body).refused(422, "validation_failed")


@pytest.mark.parametrize("card", ["4242424242424242", "4242 4242 4242 4242", "pm_unknown",
                                  "pm_4242424242424242", "", "x"])
def test_a_card_number_or_an_unknown_method_is_never_accepted(market, seller, buyer, card):
    checkout = buyer.check_out(seller.offer())
    answer = buyer.try_to_pay(checkout, card)
    assert answer.status in (402, 422), answer
    assert market.captures(checkout) == []
