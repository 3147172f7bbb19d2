"""Lists: each row once and in order, though rows come and go while somebody walks along."""

import pytest

from harness.shims import ShiftedClock
from harness.node import Node
from harness.story import Market, euros
from harness.waiting import wait_until


def walk(api, path, limit=2, between=lambda page: None):
    """The items of all pages; `between` is called after each one."""
    items, cursor, joint = [], "", "&" if "?" in path else "?"
    while True:
        answer = api.get(f"{path}{joint}limit={limit}{cursor}")
        page = answer.expect(200)
        assert len(page["data"]) <= limit
        items += page["data"]
        if not page["page"]["has_more"]:
            assert page["page"]["next_cursor"] is None and answer.field("Link") is None
            return items
        cursor = f"&cursor={page['page']['next_cursor']}"
        assert page["page"]["next_cursor"] in answer.field("Link")
        assert answer.field("Link").endswith('rel="next"')
        between(page)


def stock_a_shop(seller, category, count):
    made = [seller.offer(title=f"Thing {n}", category=category, price=euros(100 + n % 3),
                         condition=("new", "good")[n % 2]) for n in range(count)]
    wait_until(lambda: len(seller.api.pages(f"/v1/listings?category={category}")) == count,
               "what is on sale can be browsed", 5)
    return made


def test_browsing_shows_each_listing_once_in_order(seller):
    made = stock_a_shop(seller, "walk", 9)
    ids = sorted(one["id"] for one in made)
    for sort in ("-created_at", "price", "-price"):
        found = walk(seller.api, f"/v1/listings?category=walk&sort={sort}")
        assert sorted(one["id"] for one in found) == ids
        prices = [one["price"]["amount"] for one in found]
        if sort == "price":
            assert prices == sorted(prices)
        if sort == "-price":
            assert prices == sorted(prices, reverse=True)
        if sort == "-created_at":
            times = [one["published_at"] for one in found]
            assert times == sorted(times, reverse=True)


def test_the_link_leads_to_the_next_page(seller):
    stock_a_shop(seller, "link", 3)
    first = seller.api.get("/v1/listings?category=link&limit=2")
    link = first.field("Link").split(";")[0].strip("<>")
    rest = seller.api.get(link).expect(200)["data"]
    assert len({one["id"] for one in first.json["data"] + rest}) == 3


def test_each_filter_shows_what_fits(market, seller):
    stock_a_shop(seller, "filter", 6)
    api = market.visitor()

    def titles(query):
        return sorted(one["title"] for one in api.pages(f"/v1/listings?category=filter&{query}"))

    assert titles("condition=new") == ["Thing 0", "Thing 2", "Thing 4"]
    assert titles("price[gte]=102") == ["Thing 2", "Thing 5"]
    assert titles("price[lte]=100") == ["Thing 0", "Thing 3"]
    assert titles("price[gte]=101&price[lte]=101&sort=-price") == ["Thing 1", "Thing 4"]
    assert titles(f"seller_id={seller.id}&condition=good") == ["Thing 1", "Thing 3", "Thing 5"]
    assert titles(f"seller_id={market.person('Bea').id}") == []


@pytest.mark.parametrize("sort", ["-created_at", "price", "-price"])
def test_a_walk_meets_what_stays_once_though_rows_come_and_go(seller, sort):
    category = f"moving{sort}"
    made = stock_a_shop(seller, category, 10)
    gone, come = [], []

    def disturb(page):
        last = page["data"][-1]
        seller.act(last, "pause")  # the very row that the cursor names
        gone.append(last["id"])
        come.append(seller.offer(title="New", category=category,
                                 price=euros(100 + len(come) % 3))["id"])

    met = [one["id"] for one in walk(seller.api, f"/v1/listings?category={category}&sort={sort}",
                                     between=disturb)]
    assert len(met) == len(set(met)), "a row was met twice"
    stayed = {one["id"] for one in made} - set(gone)
    assert stayed <= set(met), "a row that stayed was missed"
    assert set(met) - {one["id"] for one in made} <= set(come)


def test_ones_own_list_walks_past_what_is_removed(seller):
    made = [seller.draft(title=f"Draft {n}")["id"] for n in range(7)]
    removed = []

    def disturb(page):
        last = page["data"][-1]
        seller.api.delete(f"/v1/listings/{last['id']}").expect(200)
        removed.append(last["id"])

    met = [one["id"] for one in walk(seller.api, "/v1/me/listings", between=disturb)]
    assert sorted(met) == sorted(made)
    left = [one["id"] for one in seller.api.pages("/v1/me/listings")]
    assert sorted(left) == sorted(set(made) - set(removed))


def test_ones_own_list_shows_at_once_what_was_acknowledged(seller):
    for _ in range(10):
        listing = seller.draft()
        assert listing["id"] in [one["id"] for one in seller.api.pages("/v1/me/listings")]
        seller.publish(listing)
        shown = seller.api.pages("/v1/me/listings?status=published")
        assert listing["id"] in [one["id"] for one in shown]
        assert seller.api.pages("/v1/me/listings?status=closed") == []


def test_ones_orders_come_newest_first_and_at_once(seller, buyer):
    bought = []
    for _ in range(5):
        paid = buyer.buy(seller.offer())
        bought.insert(0, paid["order_ids"][0])
        assert [one["id"] for one in walk(buyer.api, "/v1/orders")] == bought
    sold = wait_until(lambda: len(seller.orders("seller")) == 5 and seller.orders("seller"),
                      "the seller sees all of them", 3)
    assert [one["id"] for one in sold] == bought
    assert buyer.orders("seller") == [] and seller.orders("buyer") == []


def test_what_goes_off_sale_leaves_the_market_within_a_second(market, seller):
    [listing] = stock_a_shop(seller, "leaving", 1)
    seller.act(listing, "close")
    wait_until(lambda: market.visitor().pages("/v1/listings?category=leaving") == [],
               "what is closed is not browsed any more", 2)


def test_messages_are_read_in_both_directions(seller, buyer):
    room = buyer.room_about(seller.offer())
    for number in range(1, 8):
        buyer.say(room, f"Message {number}")
    path = f"/v1/rooms/{room['id']}/messages"
    assert [one["seq"] for one in walk(buyer.api, f"{path}?after_seq=3")] == [4, 5, 6, 7]
    assert [one["seq"] for one in walk(buyer.api, f"{path}?before_seq=4")] == [3, 2, 1]
    assert [one["seq"] for one in walk(buyer.api, path)] == [1, 2, 3, 4, 5, 6, 7]
    assert buyer.api.get(f"{path}?after_seq=7").expect(200)["data"] == []
    buyer.api.get(f"{path}?after_seq=1&before_seq=3").refused(400, "invalid_parameter")


def test_a_cursor_is_good_for_its_own_list_only(market, seller):
    stock_a_shop(seller, "cursor", 3)
    api = seller.api

    def cursor_of(path):
        return api.get(f"{path}&limit=1").expect(200)["page"]["next_cursor"]

    good = cursor_of("/v1/listings?category=cursor")
    api.get(f"/v1/listings?category=cursor&cursor={good}").expect(200)
    api.get(f"/v1/listings?category=cursor&limit=50&cursor={good}").expect(200)
    for other in (f"/v1/listings?category=bikes&cursor={good}",
                  f"/v1/listings?cursor={good}",
                  f"/v1/listings?category=cursor&sort=price&cursor={good}",
                  f"/v1/me/listings?cursor={good}",
                  f"/v1/orders?cursor={good}",
                  f"/v1/listings?category=cursor&cursor={good[:-2]}AA",
                  f"/v1/listings?category=cursor&cursor=Z{good[1:]}",
                  f"/v1/listings?category=cursor&cursor={good}AAAA",
                  f"/v1/listings?category=cursor&cursor={good[:10]}"):
        api.get(other).refused(400, "invalid_cursor")
    mine = cursor_of("/v1/me/listings?status=published")
    other = market.seller("Eve").api
    other.get(f"/v1/me/listings?status=published&cursor={mine}").refused(400, "invalid_cursor")


def test_a_cursor_expires():
    with ShiftedClock() as clock:
        with Node(environment=clock.environment) as node:
            market = Market(node.http, node.admin)
            seller = market.seller()
            stock_a_shop(seller, "old", 2)
            path = "/v1/listings?category=old&limit=1"
            page = market.visitor().get(path).expect(200)["page"]
            clock.go_ahead(25 * 3600)
            market.visitor().get(f"{path}&cursor={page['next_cursor']}").refused(
                410, "cursor_expired")
