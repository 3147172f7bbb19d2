"""Three nodes: anybody at any gateway, and what is said at one is heard at another."""

import threading

import pytest

from harness.cluster import Cluster
from harness.live import Ended
from harness.story import Market, Person
from harness.waiting import wait_until

NODES = 3


@pytest.fixture(scope="module")
def cluster():
    with Cluster(NODES) as running:
        yield running


class Traveller(Market):
    """Every new person comes in through the next gateway."""

    def __init__(self, cluster, first):
        super().__init__(cluster[first].http, cluster[first].admin)
        self.cluster = cluster
        self.next = first

    def person(self, name="Ada"):
        self.next = (self.next + 1) % NODES
        person = Person(self.cluster[self.next].market(), name)
        return person


def at(person, member):
    """The same person, with the same token, at another gateway."""
    twin = object.__new__(Person)
    twin.__dict__ |= person.__dict__
    twin.market = member.market()
    twin.api = type(person.api)(member.http, person.api.token)
    return twin


def buy_a_bicycle(cluster, first):
    market = Traveller(cluster, first)
    sam, ada = market.seller("Sam"), market.person("Ada")
    bicycle = sam.offer(quantity=2)
    cart = ada.put_in(ada.cart(), bicycle)
    elsewhere = at(ada, cluster[(market.next + 1) % NODES])
    checkout = elsewhere.check_out_cart(cart)
    ada.reserve(checkout)
    assert elsewhere.pay(checkout)["status"] == "completed"
    [order] = ada.orders()
    assert order["status"] == "paid" and order["seller_id"] == sam.id
    wait_until(lambda: [one["id"] for one in at(sam, cluster[first]).orders("seller")] ==
               [order["id"]], "the seller sees the order at another gateway", 5)
    [capture] = market.captures(checkout, due=1)
    assert capture["checkout_id"] == checkout["id"]
    assert at(sam, cluster[first]).see(bicycle)["available"] == 1


def test_up_prints_the_nodes_when_every_partition_has_three_replicas(cluster):
    assert [one.name for one in cluster.members] == ["n1", "n2", "n3"]
    assert [one.http for one in cluster.members] == [
        f"127.0.0.1:{cluster.base + number}" for number in range(NODES)]
    assert [one.admin for one in cluster.members] == [
        f"127.0.0.1:{cluster.base + 1000 + number}" for number in range(NODES)]
    for one in cluster.members:
        assert one.ready() and one.data.is_dir()
        assert cluster.whole(asked=one)


def test_the_shopper_s_story_runs_through_three_gateways_at_once(cluster):
    failed = []

    def tell(first):
        try:
            buy_a_bicycle(cluster, first)
        except BaseException as wrong:
            failed.append(wrong)
            raise

    running = [threading.Thread(target=tell, args=(first,)) for first in range(NODES)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert failed == []


def test_a_session_is_good_at_every_gateway_and_its_end_too(cluster):
    ada = cluster[0].market().person("Ada")
    for member in cluster.members:
        assert at(ada, member).me()["id"] == ada.id
    ticket = at(ada, cluster[1]).ticket()
    live = type(ada.connect())(cluster[2].http, ticket)
    live.hello()
    assert live.leave() == 1000


def test_two_people_in_one_room_on_two_nodes_hear_each_other_live(cluster):
    sam = cluster[0].market().seller("Sam")
    ada = cluster[1].market().person("Ada")
    room = ada.room_about(sam.offer())
    with sam.live() as sams, ada.live() as adas:
        sams.subscribe(room, after_seq=0)
        adas.subscribe(room, after_seq=0)
        said = []
        for number in range(30):
            who = (sam, ada)[number % 2]
            said.append(who.say(room, f"Word {number}")["text"])
        for heard in (sams, adas):
            assert [heard.chat()["text"] for _ in said] == said
        at(ada, cluster[2]).say(room, "From elsewhere")
        assert sams.chat()["text"] == adas.chat()["text"] == "From elsewhere"


def test_lists_hold_what_was_made_at_all_gateways(cluster):
    sam = cluster[0].market().seller("Sam")
    made = [at(sam, cluster[number % NODES]).offer(title=f"Thing {number}")["id"]
            for number in range(9)]
    for member in cluster.members:
        listed = at(sam, member).api.pages("/v1/me/listings", limit=2)
        assert sorted(one["id"] for one in listed) == sorted(made)


def test_a_stopping_node_sends_its_watchers_elsewhere(cluster):
    sam = cluster[0].market().seller("Sam")
    ada = cluster[1].market().person("Ada")
    room = ada.room_about(sam.offer())
    leaving = cluster[2]
    live = at(sam, leaving).live()
    live.subscribe(room, after_seq=0)
    ada.say(room, "one")
    assert live.chat()["text"] == "one"
    leaving.stop()
    kinds = []
    with pytest.raises(Ended) as ended:
        while True:
            kinds.append(live.receive()["type"])
    assert kinds == ["server.draining"] and ended.value.code == 1012
    ada.say(room, "two")
    with at(sam, cluster[0]).live() as again:
        again.subscribe(room, after_seq=1)
        assert again.chat()["text"] == "two"
    leaving.start()
    cluster.wait_until_whole()
