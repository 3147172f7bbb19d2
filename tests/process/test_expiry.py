"""A hold ends by itself: while the node runs, while it is down, and whatever the payment does."""

import threading
from datetime import datetime, timezone

from harness.story import CARD_WITH_SECOND_STEP, DECLINED_CARD, SILENT_CARD
from harness.waiting import wait_until
from harness.writers import BROKEN

OPTIONS = {"checkout.hold_ms": 2_000}


def due(checkout):
    """Whether the time that the checkout names has come."""
    ends = datetime.fromisoformat(checkout["reservation_expires_at"].replace("Z", "+00:00"))
    return datetime.now(timezone.utc) > ends


def wait_until_whole(seller, listing, quantity, seconds=8):
    wait_until(lambda: seller.see(listing)["available"] == quantity,
               "what was held is available again", seconds)


def pay_silently(buyer, checkout):
    """The thread that waits for the answer, once the payment is under way."""
    def pay():
        try:
            paying.answer = buyer.log_in()[1].post(f"/v1/checkouts/{checkout['id']}/complete",
                                                   {"payment_method": SILENT_CARD}, key="silent")
        except BROKEN:
            paying.answer = None

    paying = threading.Thread(target=pay)
    paying.start()
    wait_until(lambda: buyer.see_checkout(checkout)["status"] == "awaiting_payment",
               "the payment is under way", 5)
    return paying


def test_after_declines_and_expiries_the_stock_is_whole_again(market, seller):
    bicycle = seller.offer(quantity=5)
    people = [market.person(name) for name in ("Ada", "Bea", "Cem", "Dov", "Eli")]
    checkouts = [one.check_out(bicycle) for one in people]
    for one, checkout in zip(people, checkouts):
        one.reserve(checkout)
    assert seller.see(bicycle)["available"] == 0
    people[0].try_to_pay(checkouts[0], DECLINED_CARD).refused(402, "payment_declined")
    people[1].try_to_pay(checkouts[1], CARD_WITH_SECOND_STEP).refused(
        402, "payment_action_required")
    assert seller.see(bicycle)["available"] == 0

    wait_until_whole(seller, bicycle, 5)

    for one, checkout in zip(people, checkouts):
        assert one.see_checkout(checkout)["status"] == "expired"
        one.try_to_pay(checkout).refused(409, "reservation_expired")
        assert market.captures(checkout) == []
    assert seller.see(bicycle)["status"] == "published"


def test_a_hold_does_not_end_before_its_time(seller, buyer):
    bicycle = seller.offer()
    checkout = buyer.reserve(buyer.check_out(bicycle))
    wait_until(lambda: seller.see(bicycle)["available"] == 1, "the hold ends", 8)
    assert due(checkout)


def test_a_payment_that_never_answers_ends_with_the_hold(market, seller, buyer):
    bicycle = seller.offer()
    checkout = buyer.check_out(bicycle)
    buyer.try_to_pay(checkout, SILENT_CARD).refused(409, "reservation_expired")
    wait_until_whole(seller, bicycle, 1)
    assert buyer.see_checkout(checkout)["status"] == "expired"
    assert market.captures(checkout) == []


def test_giving_up_while_the_payment_is_silent_frees_the_hold_at_once(market, seller, buyer):
    bicycle = seller.offer()
    checkout = buyer.reserve(buyer.check_out(bicycle))
    paying = pay_silently(buyer, checkout)
    assert buyer.give_up(checkout)["status"] == "cancelled"
    assert seller.see(bicycle)["available"] == 1
    paying.join(10)
    assert paying.answer.status == 409, paying.answer
    assert market.captures(checkout) == []


def test_a_hold_that_fell_due_while_the_node_was_down_ends_when_it_is_up(node, market, seller,
                                                                         buyer):
    for end in (node.kill, node.stop):
        bicycle = seller.offer()
        checkout = buyer.reserve(buyer.check_out(bicycle))
        end()
        wait_until(lambda: due(checkout), "the hold falls due", 5)
        node.restart()
        wait_until_whole(seller, bicycle, 1, seconds=2)
        assert buyer.see_checkout(checkout)["status"] == "expired"
        buyer.try_to_pay(checkout).refused(409, "reservation_expired")
        assert market.captures(checkout) == []


def test_a_hold_that_was_not_due_outlives_a_kill_and_then_ends(node, seller, buyer):
    node.kill()
    node.restart({"checkout.hold_ms": 6_000})
    bicycle = seller.offer()
    checkout = buyer.reserve(buyer.check_out(bicycle))
    node.kill()
    node.restart({"checkout.hold_ms": 2_000})
    assert seller.see(bicycle)["available"] == 0
    assert buyer.see_checkout(checkout) == checkout
    wait_until_whole(seller, bicycle, 1, seconds=12)
    assert due(checkout)


def test_a_silent_payment_is_settled_though_the_node_was_killed_while_it_waited(node, market,
                                                                                seller, buyer):
    bicycle = seller.offer()
    checkout = buyer.reserve(buyer.check_out(bicycle))
    buyer.try_to_pay(checkout, DECLINED_CARD).refused(402, "payment_declined")
    paying = pay_silently(buyer, checkout)
    node.kill()
    paying.join(10)
    node.restart()
    wait_until_whole(seller, bicycle, 1)
    assert buyer.see_checkout(checkout)["status"] == "expired"
    assert market.captures(checkout) == []
