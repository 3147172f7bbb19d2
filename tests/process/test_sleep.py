"""A node with little memory: what sleeps is woken as it was, and nobody notices."""

from concurrent.futures import ThreadPoolExecutor

from harness.client import Client
from harness.story import euros

# Few can be awake at once, and the state is written out all the time.
OPTIONS = {"entities.memory_bytes": 1 << 20,
           "storage.state_write_buffer_bytes": 1 << 18, "storage.sync_every_bytes": 1 << 18}


def test_a_thousand_things_are_all_there_though_few_are_awake(market, seller):
    made = [seller.draft(title=f"Thing {n}", description="x" * 500, price=euros(100 + n))
            for n in range(1_000)]

    def read(part):
        api = Client(market.http, seller.api.token)
        return [api.get(f"/v1/listings/{one['id']}").expect(200) for one in part]

    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(read, [made[n::4] for n in range(4)])
    for n, part in enumerate(parts):
        assert part == made[n::4]


def test_a_purchase_goes_on_though_its_parts_fall_asleep(market, seller):
    buyers = [market.person(f"Buyer {n}") for n in range(150)]
    thing = seller.offer(quantity=1_000)
    carts = [one.put_in(one.cart(), thing, 2) for one in buyers]
    checkouts = [one.check_out_cart(cart) for one, cart in zip(buyers, carts)]
    for one, checkout in zip(buyers, checkouts):
        one.reserve(checkout)
    for one, checkout in zip(buyers, checkouts):
        assert one.pay(checkout)["status"] == "completed"
    assert seller.see(thing)["available"] == 700
    for one, cart in zip(buyers, carts):
        assert one.see_cart(cart)["status"] == "completed"
        [order] = one.orders()
        assert order["lines"][0]["quantity"] == 2


def test_what_slept_is_there_after_a_kill(node, market, seller):
    rooms = []
    for number in range(120):
        buyer = market.person(f"Buyer {number}")
        room = buyer.room_about(seller.offer())
        rooms.append((buyer, room, buyer.say(room, f"Hello {number}")))
    node.kill()
    node.restart()
    for buyer, room, said in rooms:
        assert buyer.messages(room) == [said]
        assert buyer.say(room, "And again")["seq"] == 2
