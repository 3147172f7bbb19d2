"""Walks the shopper's story over HTTP and WebSocket, step by step, on a temporary node.

    smoke.py PROGRAM      exits 0 when every step went well, otherwise 1
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.node import Node  # noqa: E402
from harness.story import DECLINED_CARD, Market  # noqa: E402
from harness.waiting import wait_until  # noqa: E402


class Walk:
    """Numbers the steps and says how long each took."""

    def __init__(self):
        self.number = 0

    def step(self, sentence, action):
        self.number += 1
        began = time.monotonic()
        try:
            outcome = action()
        except Exception:
            print(f"{self.number:3} FAILED  {sentence}", flush=True)
            raise
        print(f"{self.number:3} ok  {sentence} ({(time.monotonic() - began) * 1000:.0f} ms)",
              flush=True)
        return outcome


def sell_and_buy(step, market):
    sam = step("Sam signs up", lambda: market.person("Sam"))
    step("Sam begins to sell", sam.open_shop)
    draft = step("Sam writes about a bicycle", sam.draft)
    bicycle = step("Sam puts it on sale", lambda: sam.publish(draft))
    ada = step("Ada signs up", lambda: market.person("Ada"))
    step("Ada finds it among the bicycles", lambda: wait_until(
        lambda: bicycle["id"] in [one["id"] for one in ada.api.pages(
            "/v1/listings?category=bikes")], "the bicycle is listed", 2))
    cart = step("Ada puts it in her cart", lambda: ada.put_in(ada.cart(), bicycle))
    checkout = step("Ada checks out", lambda: ada.check_out_cart(cart))
    step("Ada reserves it", lambda: ada.reserve(checkout))
    step("her first card is declined", lambda: ada.try_to_pay(
        checkout, DECLINED_CARD).refused(402, "payment_declined"))
    step("her second card pays", lambda: ada.pay(checkout))
    order = step("Ada sees her order", lambda: ada.orders()[0])
    step("Sam sees it too", lambda: wait_until(
        lambda: [one for one in sam.orders("seller") if one["id"] == order["id"]],
        "the seller sees the order", 2))
    return sam, ada, bicycle


def talk(step, sam, ada, bicycle):
    room = step("Ada opens a conversation", lambda: ada.room_about(bicycle))
    step("Ada writes", lambda: ada.say(room, "Can I fetch it on Friday?"))
    listening = step("Sam connects by WebSocket", sam.live)
    step("Sam gets what he missed", lambda: check(
        listening.subscribe(room, 0)["head_seq"] == 1 and listening.chat()["seq"] == 1))
    ack = step("Sam answers live", lambda: listening.ask(
        "chat.send", {"client_msg_id": "answer", "text": "Friday is fine."},
        f"room:{room['id']}"))
    step("it is the second message", lambda: check(ack["data"]["seq"] == 2))
    step("Ada reads it", lambda: check(
        [one["text"] for one in ada.messages(room)][-1] == "Friday is fine."))
    listening.leave()
    return room


def check(holds):
    assert holds


def walk(program):
    step = Walk().step
    node = Node(program=program)
    try:
        step("a node starts on an empty directory", node.start)
        market = Market(node.http, node.admin)
        sam, ada, bicycle = sell_and_buy(step, market)
        room = talk(step, sam, ada, bicycle)
        step("the plug is pulled", node.kill)
        step("the node starts again", node.restart)
        step("Ada's order is there", lambda: check(len(ada.orders()) == 1))
        step("so is what was said", lambda: check(len(sam.messages(room)) == 2))
        step("the bicycle was sold and paid once", lambda: check(
            sam.see(bicycle)["available"] == 0 and len(market.captures(due=1)) == 1))
        step("the node stops when it is asked to", lambda: check(node.stop() == 0))
    except Exception as wrong:  # whatever went wrong is told, with what the node said
        print(f"\n{type(wrong).__name__}: {wrong}\n\n{node.log_tail()}")
        return 1
    finally:
        node.discard()
    print("the shopper's story went well")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(walk(sys.argv[1]))
