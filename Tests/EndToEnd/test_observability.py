"""What an operator sees: access lines, metrics, health, routes."""
import json
import os
import re
import time

import pytest

from backends import RawBackend, wait_until
from processes import Gateway
from scripted import GRPC_HEAD, ScriptedBackend, frame
from wire import Wire, ask, request

ROUTE = "/v1/users/{user_id}"


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, loops=2)


def lines_of(gateway, action, count=1):
    """The access lines that the action brings, once there are as many as wanted."""
    before = len(gateway.out)
    action()
    assert wait_until(lambda: len(gateway.out) >= before + count), gateway.text()
    time.sleep(0.05)  # so that a line too many would be seen
    return [json.loads(line) for line in gateway.out[before:]]


def line_of(gateway, *arguments, **options):
    lines = lines_of(gateway, lambda: ask(gateway.port, *arguments, **options))
    assert len(lines) == 1, lines
    return lines[0]


def metrics(gateway):
    """Every sample as {series: value}; the text must be valid throughout."""
    answer = ask(gateway.admin_port, "GET", "/metrics")
    assert answer.status == 200
    assert answer.field("content-type").startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    assert text.endswith("\n")
    types, samples = {}, {}
    label = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
    sample = re.compile(
        rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{{{label}(?:,{label})*\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            assert re.fullmatch(r"# HELP [a-zA-Z_:][a-zA-Z0-9_:]* .+", line), line
        elif line.startswith("# TYPE "):
            name, kind = re.fullmatch(
                r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)",
                line).groups()
            assert name not in types, f"{name} has two types"
            types[name] = kind
        else:
            name, labels, value = sample.fullmatch(line).groups()
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert types.get(name) or types.get(family) == "histogram", f"{name} has no type"
            assert name + (labels or "") not in samples, f"{line} came twice"
            samples[name + (labels or "")] = float(value)
    return samples


def duration_count(samples, route=ROUTE, method="GET", status=200):
    return samples.get(
        f'http_server_request_duration_seconds_count{{http_route="{route}",'
        f'http_request_method="{method}",http_response_status_code="{status}"}}', 0)


# Access lines


def test_a_line_has_all_facts_of_a_request(gateway):
    line = line_of(gateway, "GET", "/v1/users/42?a=1", fields={"x-request-id": "id-1"})
    assert line["status"] == 400
    line = line_of(gateway, "GET", "/v1/users/42", fields={"x-request-id": "id-2"})
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    expected = {"client": "127.0.0.1", "method": "GET", "path": "/v1/users/42", "route": ROUTE,
                "rpc": "user.v1.UserService/GetUser", "status": 200, "grpc": "OK", "bytes_in": 0,
                "request_id": "id-2"}
    assert {key: line[key] for key in expected} == expected
    assert line["bytes_out"] > len('{"id":"42"}')
    assert 0 < line["backend_ms"] <= line["duration_ms"] < 10_000
    assert "cause" not in line


def test_a_line_counts_the_bytes_of_the_body(gateway):
    body = b'{"id": "a"}'
    line = line_of(gateway, "POST", "/v1/users", body, {"content-type": "application/json"})
    assert line["bytes_in"] == len(body)


@pytest.mark.parametrize(("method", "target", "fields", "status", "grpc"), [
    ("GET", "/nowhere", {}, 404, "NOT_FOUND"),
    ("PUT", "/v1/users/1", {}, 405, "UNIMPLEMENTED"),
    ("OPTIONS", "/v1/users/1", {}, 204, "OK"),
    ("HEAD", "/v1/users/1", {}, 200, "OK"),
    ("GET", "/v1/users/1?nope=1", {}, 400, "INVALID_ARGUMENT"),
    ("GET", "/v1/users/1", {"grpc-timeout": "x"}, 400, "INVALID_ARGUMENT"),
    ("GET", "/v1/users/1", {"x-status": "5"}, 404, "NOT_FOUND"),
    ("GET", "/v1/users/1", {"x-sleep": "5", "grpc-timeout": "50m"}, 504, "DEADLINE_EXCEEDED"),
])
def test_a_refused_request_has_its_line_too(gateway, method, target, fields, status, grpc):
    line = line_of(gateway, method, target, fields=fields)
    assert (line["method"], line["status"], line["grpc"]) == (method, status, grpc)
    if status != 504:  # which the backend may say a little earlier
        assert ("cause" in line) == (status >= 400 and "x-status" not in fields)
    assert "?" not in line["path"]


@pytest.mark.parametrize(("data", "cause"), [
    (frame(b"", compressed=7), "broken_message_prefix"), (frame(b"", compressed=1), None),
    (frame(b"x" * 5_000_000)[:100], "message_too_large"), (b"", "missing_message"),
    (frame(b"\xff"), "unprintable_answer")],
    ids=["odd flag", "compressed", "too large", "no message", "no protobuf"])
def test_a_failure_that_the_gateway_found_has_its_cause(gateways, data, cause):
    def script(call):
        call.send_headers(GRPC_HEAD).send_data(data)
        call.send_headers([("grpc-status", "0")], end=True)

    with ScriptedBackend(script) as scripted:
        line = line_of(gateways.start(scripted.address), "GET", "/v1/users/1")
    assert line["status"] in (501, 502)
    assert line.get("cause") and cause in (None, line["cause"])


def test_bytes_that_are_no_request_have_a_line(gateway):
    def send():
        with Wire(gateway.port) as wire:
            wire.send(b"\x16\x03\x01\r\n\r\n").answer()

    line, = lines_of(gateway, send)
    assert line["status"] == 400 and line["cause"]


@pytest.mark.parametrize("path", [
    '/"},{"status":200', "/%0d%0a{}", "/\\u0000", "/<script>", "/\x7f", "/%1b[31m"])
def test_log_injection_stays_in_one_escaped_line(gateway, path):
    def send():
        with Wire(gateway.port) as wire:
            wire.send(b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: x\r\n"
                      b"X-Request-Id: \"},\x1b[2J\r\n\r\n")
            wire.rest()

    def once():
        with Wire(gateway.port) as wire:
            wire.send(request("GET", path.replace("\x7f", "~"),
                              fields={"x-request-id": '"},{"status":200'}))
            wire.answer()

    assert len(lines_of(gateway, once)) == 1
    line, = lines_of(gateway, send)
    assert line["status"] == 400
    assert not any(ord(character) < 32 for character in gateway.out[-1])


def test_a_long_path_is_cut(gateway):
    line = line_of(gateway, "GET", "/" + "a" * 8000)
    assert len(line["path"]) == 1025 and line["path"].endswith("\u2026")


def test_the_log_can_be_switched_off(gateways, backend):
    quiet = gateways.start(backend.address, access_log="off")
    assert ask(quiet.port, "GET", "/v1/users/1").status == 200
    assert ask(quiet.port, "GET", "/nowhere").status == 404
    assert quiet.stop() == 0
    assert quiet.out == []


def test_a_log_that_nobody_reads_does_not_stop_the_gateway(gateways, backend):
    read_end, write_end = os.pipe()
    try:
        with Gateway(gateways.config(backend.address), stdout=write_end) as stuck:
            with Wire(stuck.port) as wire:
                for _ in range(90):  # more than the 8 MiB that wait
                    path = "/" + "n" * 1000
                    wire.send(request("GET", path) * 100)
                    assert {wire.answer().status for _ in range(100)} == {404}
            assert metrics(stuck)["transom_access_log_dropped_total"] > 0
    finally:
        os.close(read_end)
        os.close(write_end)


# Metrics


def test_requests_move_the_counters_of_their_route(gateway):
    before = metrics(gateway)
    for _ in range(10):
        ask(gateway.port, "GET", "/v1/users/1")
    ask(gateway.port, "GET", "/v1/users/1", fields={"x-status": "5"})
    after = metrics(gateway)
    assert duration_count(after) - duration_count(before) == 10
    assert duration_count(after, status=404) - duration_count(before, status=404) == 1

    def moved(series):
        return after.get(series, 0) - before.get(series, 0)

    handled = 'grpc_client_handled_total{grpc_service="user.v1.UserService",grpc_method="GetUser"'
    assert moved(handled + ',grpc_code="OK"}') == 10
    assert moved(handled + ',grpc_code="NOT_FOUND"}') == 1
    assert moved("transom_client_connections_accepted_total") >= 11
    assert moved("transom_response_bytes_total") > 1000


def test_buckets_add_up(gateway):
    samples = metrics(gateway)
    labels = (f'http_route="{ROUTE}",http_request_method="GET",'
              'http_response_status_code="200"')
    buckets = [value for series, value in samples.items()
               if series.startswith("http_server_request_duration_seconds_bucket{" + labels)]
    assert buckets == sorted(buckets) and len(buckets) > 5
    name = "http_server_request_duration_seconds"
    assert buckets[-1] == samples[f"{name}_count{{{labels}}}"]
    assert samples[f'{name}_bucket{{{labels},le="+Inf"}}'] == buckets[-1]
    assert samples[f"{name}_sum{{{labels}}}"] > 0


def test_refusals_are_counted_by_cause(gateway):
    before = metrics(gateway)
    ask(gateway.port, "GET", "/nowhere")
    after = metrics(gateway)
    moved = {series for series, value in after.items()
             if series.startswith("transom_refusals_total{") and value > before.get(series, 0)}
    assert len(moved) == 1


def test_unknown_paths_and_methods_make_no_new_series(gateway):
    with Wire(gateway.port) as wire:
        for number in range(5):
            wire.send(request(f"VERB{number}", f"/unknown/{number}")).answer()
        count = len(metrics(gateway))
        for number in range(300):
            wire.send(request(f"BREW{number}", f"/no/{number}")).answer()
            wire.send(request("GET", f"/v1/users/{number}")).answer()
    assert len(metrics(gateway)) <= count + 30


def test_running_requests_and_connections_are_gauges(gateways):
    backend = RawBackend()
    gateway = gateways.start(backend.address)
    with Wire(gateway.port) as wire:
        wire.send(request("GET", "/v1/users/1", fields={"x-sleep": "1"}))
        assert wait_until(lambda: backend.calls)
        during = metrics(gateway)
        assert wire.answer().status == 200
        assert during["http_server_active_requests"] == 1
        assert during["transom_client_connections"] == 1
        assert during['transom_backend_connections{backend="users"}'] == 1
        assert metrics(gateway)["http_server_active_requests"] == 0
    assert wait_until(lambda: metrics(gateway)["transom_client_connections"] == 0)
    backend.stop()
    assert wait_until(
        lambda: metrics(gateway)['transom_backend_connections{backend="users"}'] == 0)


def test_dead_and_cancelled_requests_leave_the_gauges_at_nought(gateway, backend):
    for _ in range(5):
        count = len(backend.calls)
        with Wire(gateway.port) as wire:
            wire.send(request("GET", "/v1/users/1", fields={"x-sleep": "5"}))
            assert wait_until(lambda: len(backend.calls) > count)
    assert wait_until(lambda: metrics(gateway)["http_server_active_requests"] == 0)


# Health and routes


@pytest.mark.parametrize(("path", "body"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_health_is_answered(gateway, path, body):
    answer = ask(gateway.admin_port, "GET", path)
    assert (answer.status, answer.body) == (200, body)
    assert ask(gateway.admin_port, "HEAD", path).status == 200


def test_routes_are_listed_as_json(gateway):
    answer = ask(gateway.admin_port, "GET", "/routes")
    assert answer.field("content-type") == "application/json"
    routes = {(route["verb"], route["path"]): route for route in answer.json()}
    assert routes["GET", ROUTE]["method"] == "user.v1.UserService/GetUser"
    assert routes["GET", ROUTE]["backend"] == "users"
    assert len(routes) == 4


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/", 404), ("GET", "/v1/users/1", 404), ("POST", "/metrics", 405),
    ("DELETE", "/routes", 405)])
def test_the_admin_address_does_nothing_else(gateway, method, path, status):
    assert ask(gateway.admin_port, method, path).status == status


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/routes"])
def test_the_public_address_shows_none_of_it(gateway, path):
    assert ask(gateway.port, "GET", path).status == 404


def test_the_admin_address_survives_nonsense(gateway):
    with Wire(gateway.admin_port) as wire:
        assert wire.send(b"GARBAGE\r\n\r\n").answer().status == 400
    assert ask(gateway.admin_port, "POST", "/healthz", b"x" * 100_000).status in (405, 413)
    assert ask(gateway.admin_port, "GET", "/healthz").status == 200
