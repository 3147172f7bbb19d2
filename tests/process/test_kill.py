"""kill -9 in the middle of a stream of keyed writes: nothing acknowledged is lost, nothing that is
repeated happens twice. (A process that is killed leaves its written pages with the system; what a
lost page does is tested with the storage.)"""

import random
from concurrent.futures import ThreadPoolExecutor

from harness.waiting import wait_until
from harness.writers import Writer

ROUNDS = 20
WRITERS = 4

# Small, so that the state is synced and the log is cut between the kills too.
OPTIONS = {"storage.sync_every_bytes": 65_536, "storage.state_write_buffer_bytes": 262_144,
           "storage.log_write_buffer_bytes": 262_144}


def write_and_kill(node, writers, writes):
    """All write at once; the node is killed when so many writes were acknowledged."""
    before = sum(len(one.sure) for one in writers)
    with ThreadPoolExecutor(len(writers)) as pool:
        running = [pool.submit(one.write_until_cut_off) for one in writers]
        try:
            wait_until(lambda: sum(len(one.sure) for one in writers) - before >= writes,
                       f"{writes} writes are acknowledged", 30, pause=0.001)
        finally:
            node.kill()
        for one in running:
            one.result()


def test_twenty_kills_lose_nothing_that_was_acknowledged_and_repeat_nothing(node, market):
    chance = random.Random(3)
    writers = [Writer(market, f"w{number}") for number in range(WRITERS)]
    for _ in range(ROUNDS):
        old = [len(one.of("/v1/listings")) for one in writers]
        write_and_kill(node, writers, chance.randrange(10, 80))
        node.restart()
        for one, seen in zip(writers, old):
            one.settle()
            one.check_repeated()
            one.check_listings(since=seen)
            one.check_counted()
            one.check_room()
    for one in writers:
        one.check_listings()
        one.check_own_list()
    assert sum(len(one.sure) for one in writers) > ROUNDS * 10


def test_the_account_and_its_session_outlive_a_kill(node, market):
    ada = market.person("Ada")
    before = ada.me()
    node.kill()
    node.restart()
    assert ada.me() == before
    session, _ = ada.log_in()
    assert session["user"]["id"] == ada.id


def test_a_retried_sign_up_gives_the_same_account_after_a_kill(node, market):
    visitor = market.visitor()
    body = {"email": "once@example.org", "password": "long enough", "display_name": "Once"}
    first = visitor.post("/v1/auth/signup", body, key="sign-up-once")
    first.expect(201)
    node.kill()
    node.restart()
    again = visitor.post("/v1/auth/signup", body, key="sign-up-once")
    assert again.expect(201)["user"] == first.json["user"]
    assert again.replayed
    visitor.keyed("/v1/auth/signup", body).refused(409, "already_exists")
