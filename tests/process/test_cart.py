"""A cart: what is in it, what has become of it since, and what it costs today."""

import pytest

from harness.story import euros
from harness.waiting import wait_until


def test_one_has_one_open_cart(buyer):
    first = buyer.api.post("/v1/carts", {})
    assert first.status == 201
    again = buyer.api.post("/v1/carts")
    assert again.status == 200 and again.json == first.json
    assert first.json["lines"] == [] and first.json["status"] == "open"


def test_the_same_thing_twice_is_one_line(seller, buyer):
    thing = seller.offer(quantity=9, price=euros(250))
    cart = buyer.put_in(buyer.cart(), thing, 2)
    cart = buyer.put_in(cart, thing, 3)
    [line] = cart["lines"]
    assert line["quantity"] == 5 and line["unit_price"] == euros(250)
    assert line["line_total"] == euros(1250) == cart["totals"]["items"]


def test_a_line_is_changed_and_removed_by_its_id(seller, buyer):
    cart = buyer.put_in(buyer.cart(), seller.offer(quantity=9))
    cart = buyer.put_in(cart, seller.offer(title="Lamp", quantity=9))
    first, second = (line["id"] for line in cart["lines"])
    path = f"/v1/carts/{cart['id']}/items"
    changed = buyer.api.patch(f"{path}/{first}", {"quantity": 4}).expect(200)
    assert [line["quantity"] for line in changed["lines"]] == [4, 1]
    left = buyer.api.delete(f"{path}/{first}").expect(200)
    assert [line["id"] for line in left["lines"]] == [second]
    for wrong in (first, "99", "x", "-1"):
        buyer.api.patch(f"{path}/{wrong}", {"quantity": 1}).refused(404, "not_found")
        buyer.api.delete(f"{path}/{wrong}").refused(404, "not_found")


def test_the_answer_to_a_change_shows_what_the_cart_shows(seller, buyer):
    changed, paused, gone = (seller.offer(quantity=9, price=euros(1000)) for _ in range(3))
    cart = buyer.cart()
    for thing in (changed, paused, gone):
        cart = buyer.put_in(cart, thing)
    seller.edit(changed, price=euros(1200))
    seller.act(paused, "pause")
    lines = f"/v1/carts/{cart['id']}/items"
    first, _, last = (line["id"] for line in cart["lines"])
    answers = [buyer.api.post("/v1/carts", {}),
               buyer.api.patch(f"{lines}/{first}", {"quantity": 2}),
               buyer.api.delete(f"{lines}/{last}")]
    assert [one["code"] for one in answers[0].expect(200)["problems"]] == [
        "price_changed", "invalid_transition"]
    for one in answers[1:]:
        assert one.expect(200)["lines"][0]["unit_price"] == euros(1200)
    seen = buyer.api.get(f"/v1/carts/{cart['id']}")
    assert seen.json == answers[-1].json and seen.etag == answers[-1].etag


def test_a_line_id_is_never_used_again(seller, buyer):
    cart = buyer.put_in(buyer.cart(), seller.offer())
    [line] = cart["lines"]
    buyer.api.delete(f"/v1/carts/{cart['id']}/items/{line['id']}").expect(200)
    cart = buyer.put_in(cart, seller.offer())
    assert cart["lines"][0]["id"] != line["id"]


def the_problem_of(buyer, cart):
    [problem] = buyer.see_cart(cart)["problems"]
    assert problem["line_id"] == cart["lines"][0]["id"] and problem["detail"]
    return problem


def test_a_changed_price_is_told_and_counted_at_once(seller, buyer):
    thing = seller.offer(price=euros(1000), quantity=5)
    cart = buyer.put_in(buyer.cart(), thing, 2)
    seller.edit(thing, price=euros(1200))
    problem = the_problem_of(buyer, cart)
    assert problem["code"] == "price_changed"
    assert problem["meta"]["old"] == euros(1000) and problem["meta"]["new"] == euros(1200)
    seen = buyer.see_cart(cart)
    assert seen["lines"][0]["unit_price"] == euros(1200)
    assert seen["totals"]["items"] == euros(2400)


def test_a_thing_that_runs_short_is_told(market, seller, buyer):
    thing = seller.offer(quantity=3)
    cart = buyer.put_in(buyer.cart(), thing, 3)
    assert buyer.see_cart(cart)["problems"] == []
    market.person("Ada").buy(thing, 2)
    problem = the_problem_of(buyer, cart)
    assert (problem["code"], problem["meta"]["available"]) == ("insufficient_stock", 1)


@pytest.mark.parametrize("action", ["pause", "close"])
def test_a_thing_that_went_off_sale_is_told(seller, buyer, action):
    thing = seller.offer()
    cart = buyer.put_in(buyer.cart(), thing)
    seller.act(thing, action)
    assert the_problem_of(buyer, cart)["code"] in ("gone", "invalid_transition")


def test_a_thing_that_was_removed_is_told(seller, buyer):
    thing = seller.offer()
    cart = buyer.put_in(buyer.cart(), thing)
    seller.api.delete(f"/v1/listings/{thing['id']}").expect(200)
    assert the_problem_of(buyer, cart)["code"] == "gone"


def test_what_cannot_go_into_a_cart_is_refused(market, seller, buyer):
    cart = buyer.cart()
    path = f"/v1/carts/{cart['id']}/items"

    def put(listing_id, quantity=1):
        return buyer.api.keyed(path, {"listing_id": listing_id, "quantity": quantity})

    put(seller.draft()["id"]).refused(404, "not_found")
    put(cart["id"]).refused(404, "not_found")
    put("lst_nothing").refused(404, "not_found")
    own = market.seller("Tea")
    own_cart = own.cart()
    own.api.keyed(f"/v1/carts/{own_cart['id']}/items",
                  {"listing_id": own.offer()["id"], "quantity": 1}).refused(403, "forbidden")
    put(seller.offer()["id"]).expect(200)
    dollars = seller.offer(price={"amount": 100, "currency": "USD"})
    put(dollars["id"]).refused(409, "currency_mismatch")
    assert len(buyer.see_cart(cart)["lines"]) == 1


def test_a_cart_has_at_most_a_hundred_lines(market, seller, buyer):
    cart = buyer.cart()
    for number in range(100):
        buyer.put_in(cart, seller.offer(title=f"Thing {number}"))
    buyer.api.keyed(f"/v1/carts/{cart['id']}/items", {
        "listing_id": seller.offer()["id"], "quantity": 1}).refused(422, "limit_exceeded")
    assert len(buyer.see_cart(cart)["lines"]) == 100


def test_somebody_elses_cart_is_not_there(market, seller, buyer):
    cart = buyer.put_in(buyer.cart(), seller.offer())
    eve = market.person("Eve").api
    path = f"/v1/carts/{cart['id']}"
    eve.get(path).refused(404, "not_found")
    eve.keyed(f"{path}/items", {"listing_id": cart["lines"][0]["listing_id"],
                                "quantity": 1}).refused(404, "not_found")
    eve.patch(f"{path}/items/1", {"quantity": 2}).refused(404, "not_found")
    eve.delete(f"{path}/items/1").refused(404, "not_found")
    eve.keyed("/v1/checkouts", {"cart_id": cart["id"]}).refused(404, "not_found")
    assert buyer.see_cart(cart) == cart


def test_a_cart_that_was_bought_is_closed(seller, buyer):
    cart = buyer.put_in(buyer.cart(), seller.offer())
    buyer.pay(buyer.check_out_cart(cart))
    seen = buyer.see_cart(cart)
    assert seen["status"] == "completed" and seen["allowed_actions"] == []
    buyer.api.keyed(f"/v1/carts/{cart['id']}/items", {
        "listing_id": seller.offer()["id"], "quantity": 1}).refused(409, "invalid_transition")


def test_an_empty_cart_cannot_be_bought(buyer):
    answer = buyer.api.keyed("/v1/checkouts", {"cart_id": buyer.cart()["id"]})
    assert answer.status in (409, 422), answer


def test_a_price_that_changed_behind_the_checkout_stops_the_reservation(seller, buyer):
    thing = seller.offer(price=euros(1000))
    checkout = buyer.check_out(thing)
    seller.edit(thing, price=euros(1200))
    problem = buyer.api.keyed(f"/v1/checkouts/{checkout['id']}/reserve", {}).refused(
        409, "price_changed")
    assert problem["meta"]["old"] == euros(1000) and problem["meta"]["new"] == euros(1200)
    assert seller.see(thing)["available"] == 1


def test_a_reservation_tells_what_went_off_sale(seller, buyer):
    kept, paused = seller.offer(), seller.offer()
    cart = buyer.put_in(buyer.put_in(buyer.cart(), kept), paused)
    checkout = buyer.check_out_cart(cart)
    seller.act(paused, "pause")
    problem = buyer.api.keyed(f"/v1/checkouts/{checkout['id']}/reserve", {}).refused(
        409, "invalid_transition")
    assert problem["meta"] == {"from": "paused", "listing_id": paused["id"]}
    assert seller.see(kept)["available"] == kept["quantity"]


def test_a_reservation_that_cannot_have_all_holds_nothing(market, seller, buyer):
    plenty, scarce = seller.offer(quantity=9), seller.offer(title="Rare", quantity=1)
    cart = buyer.put_in(buyer.cart(), plenty, 5)
    checkout = buyer.check_out_cart(buyer.put_in(cart, scarce))
    other = market.person("Ada")
    held = other.check_out(scarce)
    other.reserve(held)
    for step, body in (("reserve", {}), ("complete", {"payment_method": "pm_card_visa"})):
        problem = buyer.api.keyed(f"/v1/checkouts/{checkout['id']}/{step}", body).refused(
            409, "insufficient_stock")
        assert problem["meta"] == {"available": 0, "listing_id": scarce["id"]}
        assert seller.see(plenty)["available"] == 9
        assert buyer.see_checkout(checkout)["status"] == "open"
    other.give_up(held)
    assert buyer.pay(checkout)["status"] == "completed"
    assert seller.see(plenty)["available"] == 4
    buyer.api.delete(f"/v1/checkouts/{checkout['id']}").refused(409, "checkout_completed")
    buyer.try_to_pay(checkout).refused(409, "checkout_completed")


def test_what_is_added_while_one_checks_out_stays_in_the_cart(seller, buyer):
    cart = buyer.put_in(buyer.cart(), seller.offer(title="Bicycle", quantity=3))
    checkout = buyer.check_out_cart(cart)
    lamp = seller.offer(title="Lamp", quantity=3)
    buyer.put_in(cart, lamp)
    buyer.pay(checkout)
    left = buyer.cart()
    assert left["id"] == cart["id"] and left["status"] == "open"
    assert [line["listing_id"] for line in left["lines"]] == [lamp["id"]]
    buyer.pay(buyer.check_out_cart(left))
    assert buyer.see_cart(cart)["status"] == "completed"
    assert buyer.cart()["id"] != cart["id"]


def test_of_two_checkouts_of_one_cart_one_is_paid(seller, buyer):
    thing = seller.offer(quantity=9)
    cart = buyer.put_in(buyer.cart(), thing)
    first, second = buyer.check_out_cart(cart), buyer.check_out_cart(cart)
    buyer.pay(first)
    buyer.try_to_pay(second).refused(409, "checkout_completed")
    assert len(buyer.orders()) == 1
    wait_until(lambda: buyer.see_checkout(second)["status"] == "cancelled", "it is over", 5)
    assert seller.see(thing)["available"] == 8


def test_a_checkout_that_can_never_be_paid_holds_nothing(seller, buyer):
    thing = seller.offer(quantity=2)
    cart = buyer.put_in(buyer.cart(), thing, 2)
    checkout = buyer.check_out_cart(cart)
    buyer.reserve(checkout)
    line = f"/v1/carts/{cart['id']}/items/{cart['lines'][0]['id']}"
    buyer.api.patch(line, {"quantity": 1}).expect(200)
    problem = buyer.try_to_pay(checkout).refused(409, "invalid_transition")
    assert problem["meta"] == {"next_step": "start_another_checkout"}
    wait_until(lambda: buyer.see_checkout(checkout)["status"] == "cancelled", "it is over", 5)
    assert buyer.pay(buyer.check_out_cart(buyer.cart()))["status"] == "completed"
