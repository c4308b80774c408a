"""Who the client is, as trusted proxies tell it; and the trace that a request belongs to."""
import json
import re

import pytest

from wire import ask, request, Wire

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def trusting(gateways, backend):
    return gateways.start(backend.address, trusted_proxies=["127.0.0.1", "10.0.0.0/8"])


@pytest.fixture(scope="module")
def reading_forwarded(gateways, backend):
    return gateways.start(backend.address, trusted_proxies=["127.0.0.0/8"], forwarded="forwarded")


@pytest.fixture(scope="module")
def distrusting(gateways, backend):
    return gateways.start(backend.address, trusted_proxies=["192.0.2.0/24"])


def seen(backend, gateway, fields):
    """The metadata of a GET with these fields, and its line in the access log."""
    answer = ask(gateway.port, "GET", "/v1/users/1", fields=fields)
    assert answer.status == 200, answer
    identifier = answer.field("x-request-id")
    line = json.loads(gateway.wait_for(f'.*"request_id":"{identifier}".*', gateway.out).group(0))
    return backend.calls[-1].metadata, line


@pytest.mark.parametrize(("value", "client", "sent"), [
    ("203.0.113.9", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("198.51.100.1, 203.0.113.9", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("203.0.113.9, 10.1.2.3", "203.0.113.9", "203.0.113.9, 127.0.0.1"),
    ("2001:db8::1", "2001:db8::1", "2001:db8::1, 127.0.0.1"),
    ("nonsense", "127.0.0.1", "127.0.0.1"),
    ("", "127.0.0.1", "127.0.0.1"),
])
def test_a_trusted_proxy_tells_the_client(trusting, backend, value, client, sent):
    metadata, line = seen(backend, trusting, {"x-forwarded-for": value})
    assert metadata["x-forwarded-for"] == [sent]
    assert line["client"] == client


def test_scheme_and_host_come_from_the_proxy_too(trusting, backend):
    metadata, _ = seen(backend, trusting, {
        "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https",
        "x-forwarded-host": "api.example.com"})
    assert metadata["x-forwarded-proto"] == ["https"]
    assert metadata["x-forwarded-host"] == ["api.example.com"]


def test_forwarded_is_read_where_it_is_alone_or_preferred(trusting, reading_forwarded, backend):
    both = {"forwarded": 'for="[2001:db8::7]:4711";proto=https;host=h.example',
            "x-forwarded-for": "203.0.113.9"}
    metadata, line = seen(backend, reading_forwarded, both)
    assert line["client"] == "2001:db8::7"
    assert metadata["x-forwarded-proto"] == ["https"]
    assert metadata["x-forwarded-host"] == ["h.example"]
    assert seen(backend, trusting, both)[1]["client"] == "203.0.113.9"
    del both["x-forwarded-for"]
    assert seen(backend, trusting, both)[1]["client"] == "2001:db8::7"


def test_nobody_else_is_believed(distrusting, gateway, backend):
    for one in (distrusting, gateway):
        metadata, line = seen(backend, one, {
            "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https",
            "x-forwarded-host": "evil.test", "forwarded": "for=203.0.113.9"})
        assert metadata["x-forwarded-for"] == ["127.0.0.1"]
        assert metadata["x-forwarded-proto"] == ["http"]
        assert metadata["x-forwarded-host"] == ["gateway.test"]
        assert line["client"] == "127.0.0.1"


def test_the_next_request_of_a_connection_has_its_own_client(trusting, backend):
    with Wire(trusting.port) as wire:
        for client in ("203.0.113.1", "203.0.113.2", None):
            fields = {"x-forwarded-for": client} if client else {}
            assert wire.send(request("GET", "/v1/users/1", fields=fields)).answer().status == 200
            first = backend.calls[-1].metadata["x-forwarded-for"][0].split(", ")[0]
            assert first == client or client is None and first == "127.0.0.1"


# The trace.


def test_a_trace_that_comes_is_passed_on_as_it_is(gateway, backend):
    metadata, line = seen(backend, gateway, {"traceparent": PARENT, "tracestate": "a=b"})
    assert metadata["traceparent"] == [PARENT] and metadata["tracestate"] == ["a=b"]
    assert line["trace_id"] == PARENT[3:35]


@pytest.fixture(scope="module")
def starting(gateways, backend):
    return gateways.start(backend.address, trace="start")


@pytest.mark.parametrize("fields", [
    [], [("tracestate", "a=b")], [("traceparent", "nonsense"), ("tracestate", "a=b")],
    [("traceparent", PARENT), ("traceparent", PARENT)], [("traceparent", PARENT.upper())]])
def test_a_trace_is_begun_where_there_is_none(starting, backend, fields):
    metadata, line = seen(backend, starting, fields)
    [parent] = metadata["traceparent"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", parent) and PARENT not in parent
    assert "tracestate" not in metadata
    assert line["trace_id"] == parent[3:35]
    assert seen(backend, starting, fields)[0]["traceparent"] != [parent]


def test_a_trace_can_be_sampled_or_left_alone(gateways, backend):
    sampling = gateways.start(backend.address, trace="sample")
    assert seen(backend, sampling, {})[0]["traceparent"][0].endswith("-01")
    passing = gateways.start(backend.address)
    metadata, line = seen(backend, passing, {})
    assert "traceparent" not in metadata and "trace_id" not in line
    metadata, line = seen(backend, passing, {"traceparent": PARENT})
    assert metadata["traceparent"] == [PARENT] and line["trace_id"] == PARENT[3:35]


def test_a_refused_request_keeps_its_trace_in_the_log(gateway):
    answer = ask(gateway.port, "GET", "/nowhere", fields={"traceparent": PARENT})
    assert answer.status == 404
    identifier = answer.field("x-request-id")
    line = json.loads(gateway.wait_for(f'.*"request_id":"{identifier}".*', gateway.out).group(0))
    assert line["trace_id"] == PARENT[3:35]
