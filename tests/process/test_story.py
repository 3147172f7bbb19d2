"""The shopper's story, from signing up to the reply of the seller. Read it to learn the API:
harness/story.py shows the call behind each verb."""

from harness.story import CARD_WITH_SECOND_STEP, DECLINED_CARD, euros
from harness.waiting import wait_until


def test_the_shopper_buys_a_bicycle_and_chats_with_its_seller(market):
    # Sam opens an account and begins to sell.
    sam = market.person("Sam")
    assert sam.me()["capabilities"] == ["buyer"]
    assert sam.open_shop() == {"status": "open", "user_id": sam.id}
    assert sam.me()["capabilities"] == ["buyer", "seller"]

    # He writes about his bicycle. Nobody else sees a draft.
    draft = sam.draft(title="Blue bicycle", category="bikes", price=euros(4500), quantity=1)
    assert draft["status"] == "draft" and "publish" in draft["allowed_actions"]
    market.visitor().get(f"/v1/listings/{draft['id']}").refused(404, "not_found")

    # He puts it on sale, and anybody finds it.
    bicycle = sam.publish(draft)
    assert bicycle["status"] == "published" and bicycle["published_at"]
    found = wait_until(
        lambda: market.visitor().get("/v1/listings?category=bikes&sort=price").json["data"],
        "what is on sale can be browsed", 2)
    assert [one["title"] for one in found] == ["Blue bicycle"]

    # Ada signs up and puts it in her cart.
    ada = market.person("Ada")
    cart = ada.put_in(ada.cart(), bicycle)
    [line] = cart["lines"]
    assert line["title"] == "Blue bicycle" and line["seller_id"] == sam.id
    assert cart["problems"] == [] and cart["totals"]["items"] == euros(4500)

    # She asks the seller about it first.
    room = ada.room_about(bicycle)
    assert sorted(room["participants"]) == sorted([ada.id, sam.id])
    question = ada.say(room, "Is it still in one piece?")
    assert question["seq"] == 1 and question["sender_id"] == ada.id

    # Sam gets the question live, and answers live.
    sam_live = sam.live()
    assert sam_live.subscribe(room, after_seq=0)["head_seq"] == 1
    assert sam_live.chat() == question
    ada_live = ada.live()
    ada_live.subscribe(room, after_seq=1)
    sent = sam_live.ask("chat.send", {"client_msg_id": "1", "text": "In a single one!"},
                        f"room:{room['id']}")
    assert sent["type"] == "ack" and sent["data"]["status"] == "sent"
    reply = ada_live.chat()
    assert reply["text"] == "In a single one!" and reply["seq"] == sent["data"]["seq"] == 2
    assert reply["id"] == sent["data"]["message_id"]

    # Ada checks out. That holds nothing yet; reserving does.
    checkout = ada.check_out_cart(cart)
    assert checkout["status"] == "open" and sam.see(bicycle)["available"] == 1
    reserved = ada.reserve(checkout)
    assert reserved["status"] == "reserved" and reserved["reservation_expires_at"]
    assert sam.see(bicycle)["available"] == 0

    # One card is declined, another needs a second step: the bicycle is held for her all the while.
    ada.try_to_pay(checkout, DECLINED_CARD).refused(402, "payment_declined")
    ada.try_to_pay(checkout, CARD_WITH_SECOND_STEP).refused(402, "payment_action_required")
    assert ada.see_checkout(checkout)["status"] == "reserved"

    # A third card pays.
    paid = ada.pay(checkout)
    assert paid["status"] == "completed" and paid["allowed_actions"] == []
    [order_id] = paid["order_ids"]
    [order] = ada.orders()
    assert order["id"] == order_id and order["order_group_id"] == paid["order_group_id"]
    assert order["status"] == "paid" and order["payment_status"] == "captured"
    assert order["totals"]["total"] == euros(4500) and order["seller_id"] == sam.id

    # Sam sees what he sold, the money was taken once, and the bicycle is gone.
    [sold] = wait_until(lambda: sam.orders("seller"), "the seller sees the order", 2)
    assert sold["id"] == order_id and sold["buyer_id"] == ada.id
    [capture] = market.captures(checkout, due=1)
    assert capture["amount"] == euros(4500)
    assert sam.see(bicycle)["status"] == "sold_out"

    # Her next cart is a new one.
    assert ada.see_cart(cart)["status"] == "completed"
    assert ada.cart()["id"] != cart["id"]

    # They settle the rest.
    ada.say(room, "Paid! Friday at five?")
    assert sam_live.chat()["text"] == "In a single one!"  # his own message came to him too
    assert sam_live.chat()["text"] == "Paid! Friday at five?"
    sam.say(room, "See you then.")
    assert [one["seq"] for one in ada.messages(room)] == [1, 2, 3, 4]
    assert sam_live.leave() == 1000 and ada_live.leave() == 1000


def test_one_payment_for_two_sellers_makes_an_order_for_each_under_one_group(market):
    sam, tea = market.seller("Sam"), market.seller("Tea")
    bicycle = sam.offer(price=euros(4500), quantity=3)
    lamp = tea.offer(title="Bicycle lamp", price=euros(500))
    ada = market.person("Ada")
    cart = ada.cart()
    ada.put_in(cart, bicycle, 2)
    cart = ada.put_in(cart, lamp)
    assert cart["totals"]["items"] == euros(9500)

    paid = ada.pay(ada.check_out_cart(cart))

    orders = {order["seller_id"]: order for order in ada.orders()}
    assert sorted(orders) == sorted([sam.id, tea.id])
    assert {order["order_group_id"] for order in orders.values()} == {paid["order_group_id"]}
    assert orders[sam.id]["totals"]["total"] == euros(9000)
    assert orders[tea.id]["totals"]["total"] == euros(500)
    [capture] = market.captures(paid, due=1)
    assert capture["amount"] == euros(9500)
    for seller in (sam, tea):
        [sold] = wait_until(lambda: seller.orders("seller"), "each seller sees one order", 2)
        assert sold["id"] == orders[seller.id]["id"]


def test_what_was_given_up_can_be_bought_by_somebody_else(market):
    sam = market.seller("Sam")
    bicycle = sam.offer()
    ada, bea = market.person("Ada"), market.person("Bea")
    held = ada.check_out(bicycle)
    ada.reserve(held)
    refused = bea.api.keyed("/v1/checkouts", {"listing_id": bicycle["id"], "quantity": 1})
    assert refused.refused(409, "insufficient_stock")["meta"]["available"] == 0

    assert ada.give_up(held)["status"] == "cancelled"
    assert ada.give_up(held)["status"] == "cancelled"  # again the same

    assert bea.buy(bicycle)["status"] == "completed"
