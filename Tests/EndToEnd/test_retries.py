"""Retries by policy (gRFC A6): which calls are tried again, when, how often, and how it is told."""
import collections
import json

import grpc
import pytest

from backends import RawBackend, wait_until
from gateways import SERVICE, USER_ROUTES
from processes import binary, run
from scripted import GRPC_HEAD, ScriptedBackend, frame
from wire import ask, timed

UNAVAILABLE, ABORTED, INTERNAL = 14, 10, 13
FAST = {"attempts": 3, "backoff": {"initial": "20ms", "max": "50ms"}}


class Flaky(RawBackend):
    """Fails as many calls as the test has queued (a code, trailing metadata), then serves."""

    def __init__(self):
        super().__init__()
        self.failures = collections.deque()
        self.attempts = []

    def _answer(self, method, request, context):
        metadata = dict(context.invocation_metadata())
        self.attempts.append((metadata, context.time_remaining()))
        if self.failures:
            code, trailing = self.failures.popleft()
            context.set_trailing_metadata(trailing)
            context.abort(next(c for c in grpc.StatusCode if c.value[0] == code), "not now")
        return super()._answer(method, request, context)

    def fail(self, times=1, code=UNAVAILABLE, trailing=()):
        self.attempts.clear()
        self.failures.clear()
        self.failures.extend([(code, trailing)] * times)


@pytest.fixture(scope="module")
def flaky():
    backend = Flaky()
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def gateway(gateways, flaky):
    routes = [*USER_ROUTES,
              {"route": "POST /v1/users:own", "rpc": f"{SERVICE}/CreateUser", "body": "*",
               "retry": FAST},
              {"route": "GET /v1/never/{user_id}", "rpc": f"{SERVICE}/GetUser", "retry": False}]
    return gateways.start({"address": flaky.address, "retry": FAST}, routes=routes)


def get(gateway, path="/v1/users/1", **fields):
    return ask(gateway.port, "GET", path,
               fields={name.replace("_", "-"): value for name, value in fields.items()})


def metrics(gateway, name):
    """The values of a family by their labels."""
    page = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    return {line.split(" ")[0][len(name):]: float(line.split(" ")[1])
            for line in page.splitlines() if line.startswith(name)}


def test_unavailable_is_tried_again_and_each_attempt_says_how_many_there_were(gateway, flaky):
    flaky.fail(2)
    answer = get(gateway)
    assert answer.status == 200, answer
    assert [metadata.get("grpc-previous-rpc-attempts") for metadata, _ in flaky.attempts] \
        == [None, "1", "2"]


def test_retries_are_in_the_access_line_and_the_metrics(gateway, flaky):
    label = '{backend="users",kind="policy"}'
    before = metrics(gateway, "transom_backend_retries_total")[label]
    flaky.fail(2)
    assert get(gateway, "/v1/users/logged").status == 200
    assert metrics(gateway, "transom_backend_retries_total")[label] - before == 2
    assert wait_until(lambda: any("/v1/users/logged" in line for line in gateway.out))
    line = next(json.loads(line) for line in gateway.out if "/v1/users/logged" in line)
    assert (line["status"], line["retries"]) == (200, 2)


def test_a_policy_has_an_end_and_the_last_failure_is_told(gateway, flaky):
    flaky.fail(9)
    answer = get(gateway)
    assert (answer.status, answer.json()["message"]) == (503, "not now")
    assert len(flaky.attempts) == 3


@pytest.mark.parametrize("code, status", [(INTERNAL, 500), (5, 404), (ABORTED, 409), (4, 504)])
def test_codes_that_the_policy_does_not_name_stand(gateway, flaky, code, status):
    flaky.fail(1, code)
    assert get(gateway).status == status
    assert len(flaky.attempts) == 1


def test_a_backends_policy_is_not_for_what_must_not_happen_twice(gateway, flaky):
    flaky.fail(1)
    assert ask(gateway.port, "POST", "/v1/users", {"name": "Ada"}).status == 503
    assert len(flaky.attempts) == 1
    flaky.fail(1)
    assert ask(gateway.port, "PATCH", "/v1/users/1", {"name": "Ada"}).status == 503
    assert len(flaky.attempts) == 1


def test_a_routes_own_policy_is_for_any_verb_and_sends_the_same_message(gateway, flaky):
    flaky.fail(2)
    flaky.calls.clear()
    answer = ask(gateway.port, "POST", "/v1/users:own", {"name": "Ada"})
    assert answer.status == 200 and len(flaky.attempts) == 3
    assert b"Ada" in flaky.calls[-1].request


def test_a_route_may_say_never(gateway, flaky):
    flaky.fail(1)
    assert get(gateway, "/v1/never/1").status == 503
    assert len(flaky.attempts) == 1


def test_delete_is_tried_again(gateway, flaky):
    flaky.fail(1)
    assert ask(gateway.port, "DELETE", "/v1/users/1").status == 204
    assert len(flaky.attempts) == 2


# Pushback


def test_pushback_says_when(gateway, flaky):
    flaky.fail(1, trailing=(("grpc-retry-pushback-ms", "400"),))
    answer, took = timed(lambda: get(gateway))
    assert answer.status == 200 and 0.4 <= took < 2, took


@pytest.mark.parametrize("word", ["-1", "soon", ""])
def test_pushback_that_is_no_number_says_never(gateway, flaky, word):
    flaky.fail(1, trailing=(("grpc-retry-pushback-ms", word),))
    assert get(gateway).status == 503
    assert len(flaky.attempts) == 1


# The deadline


def test_all_attempts_live_inside_one_deadline(gateway, flaky):
    flaky.fail(1, trailing=(("grpc-retry-pushback-ms", "300"),))
    assert get(gateway, grpc_timeout="2S").status == 200
    first, second = [left for _, left in flaky.attempts]
    assert first <= 2 and second <= first - 0.29


def test_no_attempt_is_waited_for_that_would_begin_after_the_deadline(gateway, flaky):
    flaky.fail(1, trailing=(("grpc-retry-pushback-ms", "5000"),))
    answer, took = timed(lambda: get(gateway, grpc_timeout="1S"))
    assert answer.status == 503 and took < 0.9, "the failure is told when it is known"
    assert len(flaky.attempts) == 1


def test_the_deadline_ends_the_last_attempt(gateway, flaky):
    flaky.fail(1)
    answer, took = timed(lambda: get(gateway, grpc_timeout="500m", x_sleep="5"))
    assert answer.status == 504 and 0.45 <= took < 2, took
    assert len(flaky.attempts) == 2


# What has begun


@pytest.mark.parametrize("after", ["head", "message"])
def test_a_call_whose_answer_has_begun_is_not_tried_again(gateways, after):
    def script(call):
        call.send_headers(GRPC_HEAD)
        if after == "message":
            call.send_data(frame(b"\x0a\x01x"))
        call.send_headers([("grpc-status", "14"), ("grpc-message", "late")], end=True)

    with ScriptedBackend(script) as backend:
        gateway = gateways.start({"address": backend.address, "retry": FAST})
        assert get(gateway).status == 503
        assert len(backend.calls) == 1


def test_a_stream_is_tried_again_before_its_first_message_and_not_after(gateways):
    def script(call):
        if len(backend.calls) == 1:
            call.trailers_only([("grpc-status", "14")])
            return
        call.send_headers(GRPC_HEAD)
        call.send_data(frame(b"\x0a\x01x"))
        call.send_headers([("grpc-status", "14")], end=True)

    with ScriptedBackend(script) as backend:
        gateway = gateways.start(
            {"address": backend.address, "retry": FAST},
            routes=[{"route": "GET /v1/users", "rpc": f"{SERVICE}/ListUsers"}])
        done = run(["curl", "-sN", "--max-time", "5",
                    f"http://127.0.0.1:{gateway.port}/v1/users"])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines[0] == {"id": "x"} and lines[1]["error"]["code"] == 14
        assert len(backend.calls) == 2


def test_a_connection_that_is_lost_in_mid_call_is_tried_again(gateways):
    def script(call):
        if len(backend.calls) == 1:
            call.drop()
        else:
            call.answer(0, b"\x0a\x011")

    with ScriptedBackend(script) as backend:
        gateway = gateways.start({"address": backend.address, "retry": FAST})
        assert get(gateway).json() == {"id": "1"}
        assert len(backend.calls) == 2


# The service config


POLICY = {"maxAttempts": 3, "initialBackoff": "0.02s", "maxBackoff": "0.05s",
          "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}


def service_config(folder, **keys):
    path = folder / "service.json"
    path.write_text(json.dumps(keys))
    return str(path)


def test_a_service_config_speaks_for_its_methods(gateways, flaky, tmp_path):
    path = service_config(tmp_path, methodConfig=[
        {"name": [{"service": SERVICE, "method": "CreateUser"}], "retryPolicy": POLICY},
        {"name": [{"service": SERVICE, "method": "GetUser"}], "timeout": "0.4s"}])
    gateway = gateways.start({"address": flaky.address, "service_config": path})
    flaky.fail(2)
    assert ask(gateway.port, "POST", "/v1/users", {"name": "Ada"}).status == 200
    assert len(flaky.attempts) == 3
    flaky.fail(1)
    assert get(gateway).status == 503 and len(flaky.attempts) == 1
    flaky.fail(0)
    answer, took = timed(lambda: get(gateway, x_sleep="3"))
    assert answer.status == 504 and 0.35 < took < 2, took


def test_throttling_stops_retries_while_too_much_fails(gateways, flaky, tmp_path):
    path = service_config(
        tmp_path, methodConfig=[{"name": [{}], "retryPolicy": POLICY}],
        retryThrottling={"maxTokens": 4, "tokenRatio": 1})
    gateway = gateways.start({"address": flaky.address, "service_config": path})
    flaky.fail(20)
    counts = []
    for _ in range(3):
        flaky.attempts.clear()
        assert get(gateway).status == 503
        counts.append(len(flaky.attempts))
    # 4 tokens: the first failure leaves 3, the second 2, which is not more than half.
    assert counts == [2, 1, 1]
    flaky.fail(0)
    assert [get(gateway).status for _ in range(4)] == [200] * 4
    flaky.fail(1)
    assert get(gateway).status == 200, "successes give tokens back"


def test_a_wrong_service_config_is_told_with_its_place(gateways, tmp_path):
    path = tmp_path / "service.json"
    path.write_text('{ "methodConfig": [{\n  "name": [{}], "timeout": "1m" }] }')
    config = gateways.config({"address": "127.0.0.1:1", "service_config": str(path)})
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78
    assert "service.json:2:28: methodConfig[0].timeout: expected a duration" in checked.stderr
    path.unlink()
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78 and "service.json" in checked.stderr
