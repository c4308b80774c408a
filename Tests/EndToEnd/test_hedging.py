"""Hedging (gRFC A6): a second attempt beside a slow first, and what becomes of the others."""
import concurrent.futures
import json
import threading
import time

import grpc
import pytest

from backends import RawBackend, StreamBackend, wait_until
from gateways import SERVICE, USER_ROUTES
from processes import binary, run
from scripted import GRPC_HEAD, ScriptedBackend, frame
from wire import Wire, ask, request, timed

HEDGING = {"attempts": 2, "delay": "60ms"}


class Paced(RawBackend):
    """Takes `pace` seconds for a call, or fails it with `code`, and knows who was cancelled."""

    def __init__(self):
        super().__init__()
        self.pace = 0
        self.code = 0
        self.trailing = ()
        self.cancelled = 0

    def _answer(self, method, request, context):
        metadata = dict(context.invocation_metadata())
        with self.lock:
            self.calls.append(metadata)
        end = time.monotonic() + self.pace
        while time.monotonic() < end:
            time.sleep(0.003)
            if not context.is_active():
                with self.lock:
                    self.cancelled += 1
                return b""
        if self.code:
            context.set_trailing_metadata(self.trailing)
            context.abort(next(c for c in grpc.StatusCode if c.value[0] == self.code), "not now")
        return b"\x0a\x011"

    def attempts(self):
        """`grpc-previous-rpc-attempts` of the calls."""
        return [metadata.get("grpc-previous-rpc-attempts") for metadata in self.calls]


@pytest.fixture(scope="module")
def backends():
    pair = Paced(), Paced()
    yield pair
    for backend in pair:
        backend.stop()


@pytest.fixture(autouse=True)
def fresh(request):
    if "backends" in request.fixturenames:
        for backend in request.getfixturevalue("backends"):
            backend.pace, backend.code, backend.trailing, backend.cancelled = 0, 0, (), 0
            backend.calls.clear()


def address(backends):
    return "ipv4:" + ",".join(backend.address for backend in backends)


@pytest.fixture(scope="module")
def gateway(gateways, backends):
    routes = [*USER_ROUTES,
              {"route": "POST /v1/users:own", "rpc": f"{SERVICE}/CreateUser", "body": "*",
               "hedging": {**HEDGING, "attempts": 3}},
              {"route": "GET /v1/never/{user_id}", "rpc": f"{SERVICE}/GetUser", "hedging": False}]
    gateway = gateways.start({"address": address(backends), "hedging": HEDGING}, routes=routes)
    both_are_connected(gateway, backends)
    return gateway


def both_are_connected(gateway, backends):
    assert wait_until(lambda: get(gateway).status == 200 and all(b.calls for b in backends))


def get(gateway, path="/v1/users/1", **fields):
    return ask(gateway.port, "GET", path,
               fields={name.replace("_", "-"): value for name, value in fields.items()})


def metrics(gateway, name):
    """The values of a family by their labels."""
    page = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    return {line.split(" ")[0][len(name):]: float(line.split(" ")[1])
            for line in page.splitlines() if line.startswith(name)}


def asked(backends):
    return sum(len(backend.calls) for backend in backends)


def latencies(gateway, count, path="/v1/users/1"):
    """How long each of `count` calls took, eight clients at a time, in seconds and in order."""
    def one(_):
        answer, took = timed(lambda: get(gateway, path))
        assert answer.status == 200, answer
        return took

    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        return sorted(clients.map(one, range(count)))


# Slow backends


def test_a_slow_backend_does_not_make_the_gateway_slow(gateway, backends):
    backends[0].pace = 0.8
    plain = latencies(gateway, 40, "/v1/never/1")
    hedged = latencies(gateway, 100)
    assert plain[-4] > 0.8, "without hedging every other call is slow"
    p99 = hedged[-2]
    assert p99 < 0.4, (hedged[50], p99)


def test_a_fast_backend_is_asked_once(gateways, backends):
    gateway = gateways.start(
        {"address": address(backends), "hedging": {"attempts": 5, "delay": "5s"}})
    both_are_connected(gateway, backends)
    before = asked(backends)
    for _ in range(50):
        assert get(gateway).status == 200
    assert asked(backends) - before == 50


def test_when_both_are_slow_the_first_answer_counts(gateway, backends):
    backends[0].pace = backends[1].pace = 0.5
    answer, took = timed(lambda: get(gateway))
    assert answer.status == 200 and 0.5 <= took < 1.5, took
    assert [len(backend.calls) for backend in backends] == [1, 1], "each at another endpoint"


def test_the_loser_is_cancelled_and_each_attempt_says_how_many_there_were(gateway, backends):
    backends[0].pace = 5
    for _ in range(4):
        assert get(gateway).status == 200
    slow, fast = backends
    assert slow.calls and wait_until(lambda: slow.cancelled >= len(slow.calls))
    assert len(fast.calls) == 4
    told = slow.attempts() + fast.attempts()
    assert sorted(told, key=str) == ["1"] * (len(told) - 4) + [None] * 4


def test_hedges_are_in_the_metrics_and_the_access_line(gateway, backends):
    label = '{backend="users",kind="hedge"}'
    before = metrics(gateway, "transom_backend_retries_total")[label]
    backends[0].pace = backends[1].pace = 0.3
    assert get(gateway, "/v1/users/logged").status == 200
    assert metrics(gateway, "transom_backend_retries_total")[label] - before == 1
    assert wait_until(lambda: any("/v1/users/logged" in line for line in gateway.out))
    line = next(json.loads(line) for line in gateway.out if "/v1/users/logged" in line)
    assert (line["status"], line["retries"]) == (200, 1)


def test_a_client_that_goes_away_cancels_every_attempt(gateway, backends):
    backends[0].pace = backends[1].pace = 5
    with Wire(gateway.port) as wire:
        wire.send(request("GET", "/v1/users/1"))
        assert wait_until(lambda: asked(backends) == 2)
    assert wait_until(lambda: all(backend.cancelled for backend in backends))


def test_the_deadline_ends_every_attempt(gateway, backends):
    backends[0].pace = backends[1].pace = 5
    answer, took = timed(lambda: get(gateway, grpc_timeout="400m"))
    assert answer.status == 504 and 0.35 < took < 1.5, took
    assert wait_until(lambda: all(backend.cancelled for backend in backends))


def test_no_attempt_is_made_at_the_end_of_the_deadline(gateway, backends):
    backends[0].pace = backends[1].pace = 5
    assert get(gateway, grpc_timeout="50m").status == 504
    time.sleep(0.1)
    assert asked(backends) == 1


# What fails


def test_a_failure_that_is_not_fatal_brings_the_next_attempt_forward(gateways, backends):
    gateway = gateways.start(
        {"address": address(backends), "hedging": {"attempts": 2, "delay": "10s"}})
    both_are_connected(gateway, backends)
    backends[0].code = 14
    for _ in range(6):
        answer, took = timed(lambda: get(gateway))
        assert answer.status == 200 and took < 5
    backends[1].code = 14
    before = asked(backends)
    answer = get(gateway)
    assert (answer.status, answer.json()["message"]) == (503, "not now")
    assert asked(backends) - before == 2


@pytest.mark.parametrize("code, status", [(5, 404), (13, 500), (3, 400)])
def test_a_fatal_failure_is_the_calls(gateway, backends, code, status):
    for backend in backends:
        backend.code = code
    assert get(gateway).status == status
    assert asked(backends) == 1


def test_a_fatal_failure_cancels_a_slow_attempt(gateway, backends):
    backends[0].pace = 5
    backends[1].code = 5
    statuses = {get(gateway).status for _ in range(4)}
    assert statuses == {404}
    assert wait_until(lambda: backends[0].cancelled >= len(backends[0].calls))


def test_codes_that_are_not_fatal_are_configured(gateways, backends):
    gateway = gateways.start({"address": address(backends), "hedging": {
        "attempts": 3, "delay": "10s", "non_fatal": ["INTERNAL", "ABORTED"]}})
    both_are_connected(gateway, backends)
    for code, count in [(13, 3), (10, 3), (14, 1)]:
        for backend in backends:
            backend.code = code
        before = asked(backends)
        assert get(gateway).status >= 400
        assert asked(backends) - before == count


def test_a_pushback_says_when_and_a_negative_one_never(gateway, backends):
    for backend in backends:
        backend.code, backend.trailing = 14, (("grpc-retry-pushback-ms", "400"),)
    answer, took = timed(lambda: get(gateway))
    assert answer.status == 503 and 0.4 <= took < 2, took
    assert asked(backends) == 2
    for backend in backends:
        backend.trailing = (("grpc-retry-pushback-ms", "-1"),)
    assert get(gateway).status == 503
    assert asked(backends) == 3


def test_a_head_alone_does_not_stop_a_faster_attempt(gateways):
    held = threading.Event()

    def slow(call):
        call.send_headers(GRPC_HEAD + [("x-which", "slow")])
        held.set()

    def fast(call):
        call.answer(0, b"\x0a\x012")

    with ScriptedBackend(slow) as one, ScriptedBackend(fast) as two:
        gateway = gateways.start({"address": f"ipv4:{one.address},{two.address}",
                                  "hedging": HEDGING})
        for _ in range(4):
            assert get(gateway).json() == {"id": "2"}
        assert held.is_set() and wait_until(
            lambda: [code for _, code in one.resets] == [8] * len(one.calls))


def test_an_answer_that_has_begun_is_the_calls(gateways):
    def script(call):
        call.send_headers(GRPC_HEAD)
        call.send_data(frame(b"\x0a\x01x"))
        call.send_headers([("grpc-status", "14"), ("grpc-message", "late")], end=True)

    with ScriptedBackend(script) as backend:
        gateway = gateways.start({"address": backend.address, "hedging": HEDGING})
        answer = get(gateway)
        assert (answer.status, answer.json()["message"]) == (503, "late")
        assert len(backend.calls) == 1


# What is hedged


def test_what_must_not_happen_twice_is_sent_once(gateway, backends):
    backends[0].pace = backends[1].pace = 0.3
    assert ask(gateway.port, "POST", "/v1/users", {"name": "Ada"}).status == 200
    assert get(gateway, "/v1/never/1").status == 200
    assert asked(backends) == 2


def test_a_route_may_say_so_for_itself(gateway, backends):
    backends[0].pace = backends[1].pace = 0.4
    assert ask(gateway.port, "POST", "/v1/users:own", {"name": "Ada"}).status == 200
    assert asked(backends) == 3


def test_a_stream_is_sent_once(gateways):
    def late(call):
        list(call.messages())
        time.sleep(0.3)
        yield b"\x0a\x011"

    with StreamBackend() as backend:
        backend.play = late
        gateway = gateways.start(
            {"address": backend.address, "hedging": {"attempts": 5, "delay": 0}},
            routes=[{"route": "GET /v1/users", "rpc": f"{SERVICE}/ListUsers"}])
        done = run(["curl", "-sN", "--max-time", "5",
                    f"http://127.0.0.1:{gateway.port}/v1/users"])
        assert json.loads(done.stdout) == {"id": "1"}
        backend.next()
        assert backend.arrived.empty()


# The service config


def service_config(folder, **keys):
    path = folder / "service.json"
    path.write_text(json.dumps(keys))
    return str(path)


def test_a_service_config_hedges_its_methods_whatever_the_verb(gateways, backends, tmp_path):
    path = service_config(tmp_path, methodConfig=[
        {"name": [{"service": SERVICE, "method": "CreateUser"}],
         "hedgingPolicy": {"maxAttempts": 4, "nonFatalStatusCodes": ["UNAVAILABLE"]}}])
    gateway = gateways.start({"address": address(backends), "service_config": path})
    both_are_connected(gateway, backends)
    before = asked(backends)
    backends[0].pace = backends[1].pace = 0.3
    assert ask(gateway.port, "POST", "/v1/users", {"name": "Ada"}).status == 200
    assert asked(backends) - before == 4, "without a delay all leave at once"
    assert get(gateway).status == 200
    assert asked(backends) - before == 5


def test_while_too_much_fails_only_first_attempts_are_made(gateways, backends, tmp_path):
    path = service_config(
        tmp_path, methodConfig=[{"name": [{}], "hedgingPolicy": {
            "maxAttempts": 3, "hedgingDelay": "10s", "nonFatalStatusCodes": ["UNAVAILABLE"]}}],
        retryThrottling={"maxTokens": 4, "tokenRatio": 1})
    gateway = gateways.start({"address": address(backends), "service_config": path})
    both_are_connected(gateway, backends)
    for backend in backends:
        backend.code = 14
    counts = []
    for _ in range(3):
        before = asked(backends)
        assert get(gateway).status == 503
        counts.append(asked(backends) - before)
    # 4 tokens: the first failure leaves 3, the second 2, which is not more than half.
    assert counts == [2, 1, 1]
    for backend in backends:
        backend.code = 0
    assert [get(gateway).status for _ in range(4)] == [200] * 4
    backends[0].code = 14
    assert {get(gateway).status for _ in range(2)} == {200}, "successes give tokens back"


@pytest.mark.parametrize("keys, words", [
    ({"retry": {}, "hedging": {}}, "backends.users.hedging: expected retry or hedging, found both"),
    ({"hedging": {"attempts": 9}}, "hedging.attempts: expected a whole number from 2 to 5"),
])
def test_what_is_wrong_is_told_at_load(gateways, keys, words):
    config = gateways.config({"address": "127.0.0.1:1", **keys})
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78 and words in checked.stderr


def test_a_stream_with_a_policy_of_its_own_is_an_error(gateways):
    config = gateways.config("127.0.0.1:1", routes=[
        {"route": "GET /v1/users", "rpc": f"{SERVICE}/ListUsers", "hedging": {}}])
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78
    assert "hedging: expected a unary method, found one with a stream" in checked.stderr
