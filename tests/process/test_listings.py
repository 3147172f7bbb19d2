"""A listing's life: what may be done in each state, by whom, and what each may see."""

from itertools import product

import pytest

from harness.story import bicycle, euros

# What leads to a state from a new draft.
WAYS = {"draft": [], "published": ["publish"], "paused": ["publish", "pause"],
        "closed": ["publish", "close"]}
ACTIONS = ("publish", "pause", "resume", "close")


def in_state(seller, state, **fields):
    listing = seller.draft(**fields)
    for action in WAYS[state]:
        listing = seller.act(listing, action)
    assert listing["status"] == state
    return listing


@pytest.mark.parametrize("state, action", list(product(WAYS, ACTIONS)))
def test_an_action_is_done_exactly_when_it_is_allowed(seller, state, action):
    listing = in_state(seller, state)
    answer = seller.api.post(f"/v1/listings/{listing['id']}/{action}")
    if action in listing["allowed_actions"]:
        assert answer.expect(200)["status"] != listing["status"]
    elif answer.status == 200:  # it was so already: nothing changes
        assert answer.json == listing
    else:
        problem = answer.refused(409, "invalid_transition")
        assert problem["meta"]["from"] == state and "allowed" in problem["meta"]
        assert seller.see(listing) == listing


@pytest.mark.parametrize("state", WAYS)
def test_others_may_do_nothing_to_it(market, seller, state):
    listing = in_state(seller, state)
    stranger = market.seller("Eve")
    path = f"/v1/listings/{listing['id']}"
    statuses = {stranger.api.patch(path, {"title": "Mine now"}).status,
                stranger.api.delete(path).status,
                stranger.api.keyed(f"{path}/stock-adjustments",
                                   {"delta": 1, "reason": ""}).status,
                *(stranger.api.post(f"{path}/{action}").status for action in ACTIONS)}
    assert statuses == {404}
    assert seller.see(listing) == listing


@pytest.mark.parametrize("state", WAYS)
def test_what_was_once_published_can_be_seen_by_anybody_a_draft_by_nobody_else(market, seller,
                                                                               state):
    listing = in_state(seller, state)
    for other in (market.visitor(), market.person("Bea").api):
        answer = other.get(f"/v1/listings/{listing['id']}")
        if state == "draft":
            answer.refused(404, "not_found")
        else:
            assert answer.expect(200)["status"] == state
            assert answer.json["allowed_actions"] == []


def test_a_removed_listing_is_gone_for_everybody_else(market, seller):
    listing = seller.offer()
    seller.api.delete(f"/v1/listings/{listing['id']}").expect(200, 204)
    market.visitor().get(f"/v1/listings/{listing['id']}").refused(404, "not_found")
    assert seller.api.pages("/v1/me/listings") == []


def test_a_change_of_a_published_listing_shows_at_once(market, seller):
    listing = seller.offer()
    seller.edit(listing, title="Red bicycle", price=euros(100))
    seen = market.visitor().get(f"/v1/listings/{listing['id']}").expect(200)
    assert (seen["title"], seen["price"]) == ("Red bicycle", euros(100))


def test_only_a_seller_may_write_a_listing(market):
    market.person("Ada").api.keyed("/v1/listings", bicycle()).refused(403, "seller_not_ready")


def test_a_new_listing_is_found_by_its_location_or_id(seller):
    made = seller.api.keyed("/v1/listings", bicycle())
    listing = made.expect(201)
    assert listing["seller_id"] == seller.id and listing["published_at"] is None
    assert (listing["quantity"], listing["available"]) == (1, 1)
    assert seller.see(listing) == listing

# -- stock -----------------------------------------------------------------------------------------


def test_stock_may_be_added_and_taken_in_any_state_but_closed(seller):
    for state in ("draft", "published", "paused"):
        listing = in_state(seller, state, quantity=3)
        assert seller.restock(listing, 4)["quantity"] == 7
        taken = seller.restock(listing, -6)
        assert (taken["quantity"], taken["available"], taken["status"]) == (1, 1, state)
    closed = in_state(seller, "closed")
    seller.api.keyed(f"/v1/listings/{closed['id']}/stock-adjustments",
                     {"delta": 1, "reason": ""}).refused(409, "invalid_transition")


def test_no_more_can_be_taken_out_than_is_available(seller, buyer):
    listing = seller.offer(quantity=3)
    buyer.reserve(buyer.check_out(listing, 2))
    problem = seller.api.keyed(f"/v1/listings/{listing['id']}/stock-adjustments",
                               {"delta": -2, "reason": "broken"}).refused(409, "insufficient_stock")
    assert problem["meta"]["available"] == 1
    assert seller.restock(listing, -1)["available"] == 0


def test_an_expected_quantity_that_is_wrong_is_refused(seller):
    listing = seller.offer(quantity=3)
    path = f"/v1/listings/{listing['id']}/stock-adjustments"
    body = {"delta": 1, "reason": "counted", "expected_quantity": 2}
    seller.api.keyed(path, body).refused(412, "version_conflict")
    assert seller.api.keyed(path, body | {"expected_quantity": 3}).expect(200)["quantity"] == 4


def test_what_is_sold_out_is_on_sale_again_when_stock_comes(seller, buyer):
    listing = seller.offer(quantity=1)
    buyer.buy(listing)
    assert seller.see(listing)["status"] == "sold_out"
    assert seller.restock(listing, 1)["status"] == "published"
    buyer.buy(listing)


def test_what_is_resumed_with_nothing_in_stock_is_sold_out_however_often_it_is_asked(seller,
                                                                                    buyer):
    listing = seller.offer(quantity=1)
    buyer.buy(listing)
    seller.act(listing, "pause")
    assert [seller.act(listing, "resume")["status"] for _ in range(2)] == ["sold_out"] * 2


def test_nothing_is_sold_off_sale(market, seller, buyer):
    for state in ("draft", "paused", "closed"):
        listing = in_state(seller, state)
        buyer.api.keyed("/v1/checkouts", {"listing_id": listing["id"], "quantity": 1}).refused(
            404, "not_found")
    sold = seller.offer()
    market.person("Ada").buy(sold)
    buyer.api.keyed("/v1/checkouts", {"listing_id": sold["id"], "quantity": 1}).refused(
        409, "insufficient_stock")
    seller.api.keyed("/v1/checkouts", {"listing_id": seller.offer()["id"], "quantity": 1}).refused(
        403, "forbidden")
