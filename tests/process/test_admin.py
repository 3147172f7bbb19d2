"""The operators' listener: what it shows of the cluster, what it takes, and to whom it speaks."""

import re

import pytest

from harness.client import Client
from harness.node import Node, run_program
from harness.waiting import wait_until

TOKEN = "operators-only-4711"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SENT = f"00-{TRACE}-b7ad6b7169203331-01"
NOWHERE = "lst_00000000000000000000000000000"


class Guarded(Node):
    """One that asks its operators for a token."""

    def answers(self, path):
        client = Client(self.admin, TOKEN, seconds=2)
        try:
            return client.get(path).status == 200
        except OSError:
            return False
        finally:
            client.close()


@pytest.fixture
def admin(node):
    client = Client(node.admin)
    wait_until(lambda: (client.get("/admin/nodes").json or [{}])[0].get("replicas") == 64,
               "the record knows all partitions")
    yield client
    client.close()


# -- refusals --------------------------------------------------------------------------------------


def test_what_is_not_there_is_not_found(admin):
    for path in ("/admin/where/x", f"/admin/entities/{NOWHERE}", "/admin/entities/x",
                 "/admin/entities/zzz_00000000000000000000000000000"):
        admin.get(path).refused(404, "not_found")
    for path in ("/admin/nodes/n9/drain", "/admin/nodes/n9/keep"):
        admin.post(path, {}).refused(404, "not_found")
    admin.delete("/admin/nodes/n9").refused(404, "not_found")
    for number in ("64", "-1", "x", "1.5", "99999999999999999999"):
        admin.post(f"/admin/partitions/{number}/transfer", {"to": "n1"}).refused(404, "not_found")
    admin.post("/admin/partitions/0/transfer", {"to": "n9"}).refused(404, "not_found")


def test_the_last_node_is_neither_drained_nor_removed(admin):
    admin.post("/admin/nodes/n1/drain", {}).refused(409, "invalid_transition")
    admin.delete("/admin/nodes/n1").refused(409, "invalid_transition")
    admin.delete("/admin/nodes/n1?dead=1").refused(409, "invalid_transition")
    [node] = admin.get("/admin/nodes").expect(200)
    assert node["state"] == "active"


def test_the_public_listener_knows_nothing_of_it(node):
    client = Client(node.http)
    for path in ("/admin/nodes", "/admin/partitions", f"/admin/entities/{NOWHERE}", "/metrics"):
        assert client.exchange("GET", path, None, {}).refused(404, "not_found")


def test_an_open_door_to_other_machines_needs_a_token(node):
    def start(*words):
        return run_program("serve", "--data-dir", node.directory / "other", "--http",
                           "127.0.0.1:0", "--links.port=0", *words)

    for words in (["--admin", "0.0.0.0:0"], ["--admin", "[::]:0"], ["--admin", "192.0.2.1:0"],
                  ["--admin", "127.0.0.1:0", "--admin.token=short"],
                  ["--admin", "127.0.0.1:0", "--admin.token=with a blank in the middle"]):
        status, printed, said = start(*words)
        assert status == 2 and not printed and "admin." in said, said


def test_with_a_token_nobody_is_heard_without_it():
    with Guarded(environment={"RESALEHUB_ADMIN_TOKEN": TOKEN}) as guarded:
        for token in (None, "operators-only-4712", TOKEN + "x", TOKEN[:-1]):
            stranger = Client(guarded.admin, token)
            for path in ("/admin/nodes", "/metrics", "/healthz", "/readyz", "/nothing"):
                stranger.get(path).refused(401, "unauthenticated")
            stranger.post("/admin/nodes/n1/drain", {}).refused(401, "unauthenticated")
        Client(guarded.admin, TOKEN).get("/admin/nodes").expect(200)
        Client(guarded.http).get("/healthz").expect(200)
        status, printed, _ = run_program("config", "explain",
                                         environment={"RESALEHUB_ADMIN_TOKEN": TOKEN})
        assert status == 0 and TOKEN not in printed
        assert TOKEN not in guarded.log_text()


# -- what it shows ---------------------------------------------------------------------------------


def test_nodes_and_partitions_add_up(admin):
    [node] = admin.get("/admin/nodes").expect(200)
    assert node["node"] == "n1" and node["state"] == "active" and node["reachable"] is True
    assert node["leaders"] == node["replicas"] == 64
    partitions = admin.get("/admin/partitions").expect(200)
    assert [one["partition"] for one in partitions] == list(range(64))
    assert all(one["leader"] == "n1" and one["replicas"] == ["n1"] and one["learners"] == []
               for one in partitions)
    assert admin.post("/admin/partitions/7/transfer", {"to": "n1"}).expect(200) == partitions[7]
    assert admin.post("/admin/nodes/n1/keep", {}).expect(200) == node


def test_an_entity_is_found_and_inspected_with_its_history(admin, seller):
    listing = seller.offer()["id"]
    place = admin.get(f"/admin/where/{listing}").expect(200)
    assert place["id"] == listing and place["leader"] == "n1" and place["replicas"] == ["n1"]
    seen = admin.get(f"/admin/entities/{listing}").expect(200)
    assert seen["id"] == listing and seen["kind"] == "listing" and seen["events"] == []
    assert seen["partition"] == place["partition"]
    assert seen["shown"]["id"] == listing and seen["shown"]["version"] == seen["version"]
    assert seen["state"]["version"] == seen["version"]
    whole = admin.get(f"/admin/entities/{listing}?history=1").expect(200)
    events = whole["events"]
    assert [one["version"] for one in events] == list(range(1, whole["version"] + 1))
    assert all(one["by"] == seller.id and one["fields"] is not None for one in events)
    assert all(re.fullmatch(r"\d{4}-.*Z", one["at"]) for one in events)
    last = admin.get(f"/admin/entities/{listing}?history=1&after={whole['version'] - 1}")
    assert last.expect(200)["events"] == events[-1:]


def test_secrets_are_not_shown(admin, seller):
    answer = admin.get(f"/admin/entities/{seller.id}?history=1")
    assert answer.expect(200)["state"]["password_hash"] == "(hidden)"
    assert b"argon2" not in answer.body
    record = admin.get("/admin/entities/ctl_00000000000000000000000000001?history=1")
    assert record.expect(200)["state"]["nodes"][0]["key"] == "(hidden)"


# -- following a request ---------------------------------------------------------------------------


def test_a_trace_is_followed_from_the_client_to_the_entity(start_node):
    node = start_node({"log.level": "debug"})
    client = Client(node.http)
    body = {"email": "t@example.org", "password": "long enough", "display_name": "T"}
    answer = client.keyed("/v1/auth/signup", body, headers={"traceparent": SENT})
    user = answer.expect(201)["user"]["id"]
    ours = answer.field("traceparent")
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", ours) and ours != SENT
    span = ours.split("-")[2]

    def logged(*parts):
        return any(TRACE in line and all(part in line for part in parts)
                   for line in node.log_text().splitlines())

    # Both lines are written after the answer has left.
    request = answer.field("Request-Id")
    wait_until(lambda: logged('"event":"request"', request), "the request is there")
    wait_until(lambda: logged('"event":"considered"', user, span), "what the entity did is there")


@pytest.mark.parametrize("sent", [
    "", "x", SENT.upper(), SENT.replace(TRACE, "0" * 32), SENT + "-more", "ff" + SENT[2:]])
def test_a_bad_traceparent_is_not_followed(node, sent):
    answer = Client(node.http).get("/v1/listings", headers={"traceparent": sent})
    answer.expect(200)
    assert answer.field("traceparent") is None


def test_every_floor_has_metrics(node, admin):
    Client(node.http).get("/v1/listings").expect(200)
    page = admin.get("/metrics").body.decode()
    for name in ("ready 1", "leaderships 64", "replicas 64", "members_silent 0", "asks_waiting ",
                 "elections_won_total 64", "log_syncs_total ", "links_up 0",
                 'link_faults_total{fault="expired"} 0', "peer_messages_refused_total ",
                 "connections_accepted_total "):
        assert f"resalehub_{name}" in page, name
    assert re.search(r'http_request_duration_seconds_bucket\{route="/v1/listings",status="200"',
                     page)
