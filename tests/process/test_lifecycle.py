"""A process's life: options, start, refusal to start, what it tells, how it ends."""

import json
import re
import signal
import threading
import time

from harness.node import ROOMY, Node, run_program
from harness.raw import RawConnection
from harness.story import Market
from harness.waiting import wait_until


def refused_to_serve(node, *words):
    """Exit status and the sentence, of a start that must fail."""
    status, printed, said = run_program("serve", "--data-dir", node.data, "--http", "127.0.0.1:0",
                                        "--admin", "127.0.0.1:0", *words)
    assert printed == "", printed
    assert re.search(r"^resalehub: .+\.?$", said, re.MULTILINE), said
    assert "terminate" not in said and "what()" not in said
    return status, said

# -- options ---------------------------------------------------------------------------------------


def test_help_is_given_without_a_node():
    for words in (("--help",), ("serve", "--help"), ("config", "--help")):
        status, printed, _ = run_program(*words)
        assert status == 0 and "resalehub" in printed.lower() or "--data-dir" in printed


def test_each_option_is_explained_with_its_value_and_its_source(tmp_path):
    file = tmp_path / "shop.toml"
    file.write_text("[limits]\nsignup_per_min = 7\nlogin_per_min = 8\n[checkout]\nhold_ms = 1500\n")
    status, printed, _ = run_program(
        "config", "explain", "--json", "--config", file, "--checkout.hold_ms=2000",
        environment={"RESALEHUB_LIMITS_LOGIN_PER_MIN": "9"})
    assert status == 0
    rows = {row["name"]: row for row in json.loads(printed)}
    assert rows["limits.signup_per_min"]["value"] == 7
    assert str(file) in rows["limits.signup_per_min"]["source"]
    assert rows["limits.login_per_min"]["value"] == 9
    assert "environment" in rows["limits.login_per_min"]["source"]
    assert rows["checkout.hold_ms"]["value"] == 2000
    assert "flag" in rows["checkout.hold_ms"]["source"]
    assert rows["http.port"]["source"] == "default"
    assert all(row["sentence"] for row in rows.values())
    status, plain, _ = run_program("config", "explain")
    assert status == 0 and all(name in plain for name in rows)


def test_what_cannot_be_an_option_is_refused_with_a_sentence(tmp_path):
    unknown = tmp_path / "unknown.toml"
    unknown.write_text("[limits]\nsurprise = 1\n")
    broken = tmp_path / "broken.toml"
    broken.write_text("[limits\n")
    for words, environment in (
            (["--limits.surprise=1"], {}), (["--surprise"], {}), (["surprise"], {}),
            (["--http.port=70000"], {}), (["--http.port=x"], {}), (["--checkout.hold_ms=-1"], {}),
            (["--log.level=loud"], {}), (["--http", "here"], {}),
            (["--config", unknown], {}), (["--config", broken], {}),
            (["--config", tmp_path / "absent.toml"], {}),
            ([], {"RESALEHUB_SURPRISE": "1"}), ([], {"RESALEHUB_HTTP_PORT": "x"})):
        status, _, said = run_program("serve", "--data-dir", tmp_path / "data", *words,
                                      environment=environment)
        assert status == 2, (words, said)
        assert "resalehub:" in said and len(said.strip().splitlines()) <= 3, said
    assert not (tmp_path / "data").exists()
    for words in ((), ("surprise",), ("config",)):
        assert run_program(*words)[0] == 2

# -- the data directory ----------------------------------------------------------------------------


def test_a_directory_in_use_is_refused_and_the_user_is_not_disturbed(start_node):
    node = start_node()
    status, said = refused_to_serve(node)
    assert status == 2 and "in use" in said
    assert node.answers("/readyz")


def test_a_directory_of_a_newer_format_is_refused_and_left_alone(start_node):
    node = start_node()
    node.stop()
    identity = node.data / "identity"
    before = json.loads(identity.read_text())
    identity.write_text(json.dumps(before | {"format": before["format"] + 1, "new": [1]}))
    kept = identity.read_bytes()
    status, said = refused_to_serve(node)
    assert status == 2 and "format" in said
    assert identity.read_bytes() == kept
    identity.write_text("nonsense")
    assert refused_to_serve(node)[0] == 2
    identity.write_text(json.dumps(before))
    node.restart()


def test_a_directory_of_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"precious")
    status, _, said = run_program("serve", "--data-dir", tmp_path, "--http", "127.0.0.1:0",
                                  "--admin", "127.0.0.1:0")
    assert status == 2 and "resalehub:" in said
    assert [one.name for one in tmp_path.iterdir()] == ["holiday.jpg"]


def test_an_address_that_is_taken_is_refused(start_node):
    node = start_node()
    with Node() as other:
        other.stop()
        for _ in range(8):  # with all that has been started by then
            status, _, said = run_program("serve", "--data-dir", other.data, "--http", node.http,
                                          "--admin", "127.0.0.1:0")
            assert status == 2 and "resalehub:" in said, said


def test_the_secrets_are_for_the_owner_only(start_node):
    node = start_node()
    for one in node.data.rglob("*"):
        assert one.stat().st_mode & 0o007 == 0 or one.parent.stat().st_mode & 0o007 == 0 or (
            node.data.stat().st_mode & 0o077 == 0), one

# -- the end ---------------------------------------------------------------------------------------


def test_a_stop_finishes_what_runs_and_leaves_with_0(start_node):
    node = start_node()
    market = Market(node.http, node.admin)
    seller, buyers = market.seller(), [market.person(f"Buyer {n}") for n in range(8)]
    thing = seller.offer(quantity=1_000)
    checkouts = [one.check_out(thing) for one in buyers]
    answers = []

    def pay(one, checkout):
        answers.append(one.try_to_pay(checkout))

    paying = [threading.Thread(target=pay, args=pair) for pair in zip(buyers, checkouts)]
    for one in paying:
        one.start()
    wait_until(lambda: answers, "the first answer is there", pause=0.001)
    status = node.stop()
    for one in paying:
        one.join()
    assert status == 0
    node.restart()
    done = sum(one.see_checkout(checkout)["status"] == "completed"
               for one, checkout in zip(buyers, checkouts))
    acknowledged = sum(answer.status == 200 for answer in answers)
    assert done >= acknowledged >= 1


def test_a_stop_lets_idle_connections_go_at_once(start_node):
    node = start_node()
    idle = [RawConnection(node.http) for _ in range(20)]
    assert node.answers("/healthz")
    began = time.monotonic()
    assert node.stop() == 0
    assert time.monotonic() - began < 5
    assert all(one.is_closed() for one in idle)


def test_a_client_that_will_not_end_does_not_keep_the_node(start_node):
    node = start_node({"server.stop_ms": 500, "checkout.hold_ms": 60_000,
                       "limits.request_deadline_ms": 60_000})
    market = Market(node.http, node.admin)
    buyer = market.person("Bea")
    checkout = buyer.check_out(market.seller().offer())
    with RawConnection(node.http) as stuck:
        stuck.send(b"POST /v1/checkouts/%s/complete HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s"
                   b"\r\nIdempotency-Key: x\r\nContent-Type: application/json\r\n"
                   b"Content-Length: 39\r\n\r\n{\"payment_method\":\"pm_sandbox_timeout\"}"
                   % (checkout["id"].encode(), buyer.api.token.encode()))
        wait_until(lambda: buyer.see_checkout(checkout)["status"] == "awaiting_payment",
                   "the payment is under way")
        assert node.stop(10) == 0
    node.restart()
    assert buyer.see_checkout(checkout)["status"] == "awaiting_payment"


def test_an_interrupt_from_the_keyboard_is_a_stop_too(start_node):
    node = start_node()
    node.process.send_signal(signal.SIGINT)
    assert node.wait() == 0


def test_a_background_job_of_a_shell_heeds_an_interrupt(start_node):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does before it starts one
    try:
        node = start_node()
    finally:
        signal.signal(signal.SIGINT, before)
    node.process.send_signal(signal.SIGINT)
    assert node.wait() == 0

# -- what it tells ---------------------------------------------------------------------------------


def test_the_log_is_json_lines_that_name_their_request(start_node):
    node = start_node()
    market = Market(node.http, node.admin)
    buyer = market.person("Bea")
    answer = buyer.api.get("/v1/me")
    refused = buyer.api.get("/v1/listings/lst_x")
    secret = buyer.session["refresh_token"]
    node.stop()
    lines = [line for line in node.log_text().splitlines() if not line.startswith("resalehub ")]
    rows = [json.loads(line) for line in lines]
    assert all(row["time"].endswith("Z") and row["level"] and row["event"] for row in rows)
    by_id = {row["request_id"]: row for row in rows if row["event"] == "request"}
    mine = by_id[answer.field("Request-Id")]
    assert (mine["method"], mine["route"], mine["status"]) == ("GET", "/v1/me", 200)
    assert by_id[refused.json["request_id"]]["status"] == 404
    text = node.log_text()
    for private in (secret, buyer.api.token, "correct horse", buyer.email):
        assert private not in text
    assert rows[-1]["event"] == "stopped"


def test_what_a_client_writes_cannot_forge_a_line_of_the_log(start_node):
    node = start_node()
    Market(node.http).visitor().get('/v1/x%0A{"event":"forged"}%22%1b[31m')
    node.stop()
    lines = [line for line in node.log_text().splitlines() if not line.startswith("resalehub ")]
    assert all(json.loads(line)["event"] != "forged" for line in lines)
    assert "\x1b" not in node.log_text()


def test_the_metrics_count_what_happened(start_node):
    node = start_node()
    market = Market(node.http, node.admin)
    api = market.visitor()
    for _ in range(7):
        api.get("/v1/listings")
    text = market.operator().get("/metrics").body.decode()
    sample = re.compile(r"^[a-z_:][a-z0-9_:]*(\{[^}]*\})? \S+$")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines and all(sample.match(line) for line in lines)
    counted = [line for line in lines if '"/v1/listings"' in line and "GET" in line
               and line.rsplit(" ", 1)[1] in ("7", "7.0")]
    assert counted, text


def test_health_and_readiness_are_told_at_both_doors(start_node):
    node = start_node()
    market = Market(node.http, node.admin)
    for api in (market.visitor(), market.operator()):
        assert api.get("/healthz").expect(200) == {"status": "ok"}
        assert api.get("/readyz").expect(200) == {"status": "ready"}


def test_a_node_takes_more_than_one_loop_and_worker():
    with Node(ROOMY | {"http.threads": 2, "cluster.workers": 2}) as node:
        market = Market(node.http, node.admin)
        seller, buyer = market.seller(), market.person("Bea")
        assert buyer.buy(seller.offer())["status"] == "completed"
        room = buyer.room_about(seller.offer())
        watchers = [seller.live() for _ in range(8)]
        for live in watchers:
            live.subscribe(room)
        said = buyer.say(room, "to all loops")
        assert [live.chat() for live in watchers] == [said] * 8
