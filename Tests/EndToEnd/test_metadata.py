"""Headers to metadata and back: deny by default, and nothing that steers a call ever passes."""
import base64
import re

import pytest

from gateways import STEERING
from scripted import GRPC_HEAD, ScriptedBackend
from wire import Wire, ask, request

ALWAYS = {"user-agent", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LISTED = ["x-tenant", "x-token-bin"]


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, metadata={
        "request": STEERING + LISTED,
        "response": ["x-total-count", "set-cookie", "x-tag-bin", "x-late"]})


def seen(backend, gateway, fields):
    """The metadata that a GET with these header fields became."""
    answer = ask(gateway.port, "GET", "/v1/users/1", fields=fields)
    assert answer.status == 200, answer
    return backend.calls[-1].metadata


@pytest.mark.parametrize("name", [
    "x-user-id", "cookie", "referer", "origin", "accept", "cache-control", "x-envoy-original-path",
    "x-http-method-override", "x-internal", "forwarded", "x-real-ip", "x-forwarded-user-agent",
    "x-forwarded-port", "grpc-metadata-x-user-id", "grpc-metadata-x-tenant", "proxy-authorization",
    "x-tenant-id", "xx-tenant", "x-tenan"])
def test_a_field_that_nothing_allows_goes_nowhere(backend, gateway, name):
    metadata = seen(backend, gateway, {name: "forged"})
    assert set(metadata) <= ALWAYS
    assert "forged" not in str(metadata)


@pytest.mark.parametrize("name", [
    "grpc-status", "grpc-encoding", "grpc-message", "grpc-accept-encoding", "grpc-trace-bin",
    "grpc-tags-bin", "grpc-previous-rpc-attempts", "grpc-internal-encoding-request", "keep-alive",
    "proxy-connection", "trailer", ":authority2", "te", "upgrade"])
def test_what_steers_a_call_or_a_connection_goes_nowhere(backend, gateway, name):
    count = len(backend.calls)
    answer = ask(gateway.port, "GET", "/v1/users/1", fields={name: "trailers"})
    if answer.status == 200:
        assert set(backend.calls[-1].metadata) <= ALWAYS
    else:
        assert answer.status in (400, 426) and len(backend.calls) == count


@pytest.mark.parametrize(("name", "value"), [
    ("authorization", "Bearer abc.def"), ("accept-language", "de, en;q=0.5"),
    ("traceparent", PARENT),
    ("tracestate", "a=b,c=d"), ("x-tenant", "acme"),
])
def test_the_listed_fields_become_metadata(backend, gateway, name, value):
    # Without its parent a tracestate belongs to no trace.
    parent = {"traceparent": PARENT} if name == "tracestate" else {}
    metadata = seen(backend, gateway, {name.title(): value, **parent})
    assert metadata[name] == [value]
    assert set(metadata) <= ALWAYS | {name, *parent}


def test_a_field_in_several_lines_keeps_them_in_order(backend, gateway):
    metadata = seen(backend, gateway, [("x-tenant", "a"), ("X-Tenant", "b"), ("x-tenant", "c")])
    assert ", ".join(metadata["x-tenant"]).replace(",", ", ").split(", ")[0] == "a"
    assert [part.strip() for part in ",".join(metadata["x-tenant"]).split(",")] == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["authorization", "x-tenant"])
@pytest.mark.parametrize("value", [b"caf\xe9", b"\x80", b"\xc3\xa4"])
def test_bytes_outside_ascii_are_never_a_server_error(gateway, name, value):
    with Wire(gateway.port) as wire:
        wire.send(b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\n%s: %s\r\n\r\n" % (name.encode(), value))
        assert wire.answer().status in (200, 400)


@pytest.mark.parametrize("text", ["AHRlc3Q=", "AHRlc3Q", "AHRlcw==", "AHRlcw"])
def test_binary_metadata_is_base64_with_or_without_padding(backend, gateway, text):
    wanted = base64.b64decode(text + "=" * (-len(text) % 4))
    assert seen(backend, gateway, {"x-token-bin": text})["x-token-bin"] == [wanted]


@pytest.mark.parametrize("text", ["%%%", "a", "AHR\u00e9", "=AAA"])
def test_binary_metadata_that_is_no_base64_is_the_clients_fault(gateway, text):
    assert ask(gateway.port, "GET", "/v1/users/1",
               fields={"x-token-bin": text}).status in (200, 400)


# What the gateway says itself


def test_the_user_agent_is_ours_and_the_clients_goes_beside_it(backend, gateway):
    metadata = seen(backend, gateway, {"user-agent": "curl/8.0"})
    assert metadata["user-agent"][0].startswith("grpc-")
    assert metadata["x-forwarded-user-agent"] == ["curl/8.0"]


def test_forwarded_fields_are_set_and_not_trusted(backend, gateway):
    metadata = seen(backend, gateway, [
        ("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2, 192.0.2.3"),
        ("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.test")])
    assert metadata["x-forwarded-for"] == ["127.0.0.1"]
    assert metadata["x-forwarded-proto"] == ["http"]
    assert metadata["x-forwarded-host"] == ["gateway.test"]


@pytest.mark.parametrize("value", ["abc", "x" * 128, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"])
def test_a_request_id_is_taken_sent_on_and_echoed(backend, gateway, value):
    answer = ask(gateway.port, "GET", "/v1/users/1", fields={"X-Request-ID": value})
    assert answer.field("x-request-id") == value
    assert backend.calls[-1].metadata["x-request-id"] == [value]


@pytest.mark.parametrize("value", [None, "", "x" * 129, "a b", "a\tb", "caf\u00e9", "\u007f"])
def test_a_missing_or_invalid_request_id_is_made(backend, gateway, value):
    with Wire(gateway.port) as wire:
        fields = [] if value is None else [("x-request-id", value)]
        answer = wire.send(request("GET", "/v1/users/1", fields=fields)).answer()
    if answer.status == 400:
        assert value == "\u007f", "a control byte may be refused as a whole"
        return
    made = answer.field("x-request-id")
    assert re.fullmatch(r"[!-~]{16,128}", made) and made != value
    assert backend.calls[-1].metadata["x-request-id"] == [made]


def test_made_request_ids_differ(gateway):
    with Wire(gateway.port) as wire:
        made = {wire.send(request("GET", "/v1/users/1")).answer().field("x-request-id")
                for _ in range(50)}
    assert len(made) == 50


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404),
                                                        ("PUT", "/v1/users/1", 405)])
def test_refusals_echo_the_request_id(gateway, method, path, status):
    answer = ask(gateway.port, method, path, fields={"x-request-id": "mine"})
    assert (answer.status, answer.field("x-request-id")) == (status, "mine")


def test_the_head_of_a_call_is_that_of_grpc(gateways):
    with ScriptedBackend() as scripted:
        gateway = gateways.start(scripted.address)
        assert ask(gateway.port, "GET", "/v1/users/1").status == 200
        head = scripted.calls[0].headers
    assert head[b":method"] == b"POST" and head[b":scheme"] == b"http"
    assert head[b":path"] == b"/user.v1.UserService/GetUser"
    assert head[b":authority"] == scripted.address.encode()
    assert head[b"te"] == b"trailers"
    assert head[b"content-type"] in (b"application/grpc", b"application/grpc+proto")
    assert head[b"user-agent"].startswith(b"grpc-")
    assert re.fullmatch(rb"[0-9]{1,8}[HMSmun]", head[b"grpc-timeout"])


def test_grpc_metadata_fields_pass_only_if_the_config_says_so(gateways, backend):
    gateway = gateways.start(backend.address, metadata={"grpc_metadata": True})
    metadata = seen(backend, gateway, [
        ("Grpc-Metadata-Color", "red"), ("Grpc-Metadata-grpc-status", "0"),
        ("Grpc-Metadata-grpc-timeout", "1n"), ("Grpc-Metadata-x-request-id", "forged"),
        ("Grpc-Metadata-x-forwarded-for", "forged"), ("Grpc-Metadata-te", "forged"),
        ("Grpc-Metadata-content-type", "forged"), ("Grpc-Metadata-user-agent", "forged"),
        ("Grpc-Metadata-Bad!Name", "forged"), ("Grpc-Metadata-", "forged")])
    assert metadata["color"] == ["red"]
    assert set(metadata) <= ALWAYS | {"color"}
    assert "forged" not in str(metadata)


# Back to the client


def answer_with(gateway, where, pairs):
    return ask(gateway.port, "GET", "/v1/users/1", fields={where: pairs})


@pytest.mark.parametrize("where", ["x-initial", "x-trailing"])
def test_only_allowed_metadata_comes_back(gateway, where):
    answer = answer_with(gateway, where,
                         "x-total-count=5;x-secret=s;server=mine;access-control-allow-origin=*")
    assert answer.field("x-total-count") == "5"
    assert not {"x-secret", "server", "access-control-allow-origin"} & dict(answer.fields).keys()
    assert not [name for name, _ in answer.fields if name.startswith("grpc-")]


@pytest.mark.parametrize(("name", "value"), [
    ("etag", '"v1"'), ("cache-control", "max-age=5"), ("location", "/elsewhere"),
    ("content-disposition", "attachment")])
def test_fields_that_describe_the_answer_come_back_by_default(gateway, name, value):
    assert answer_with(gateway, "x-initial", f"{name}={value}").field(name) == value


@pytest.mark.parametrize("name", ["date", "connection", "content-length", "content-encoding",
                                  "x-request-id", "keep-alive"])
def test_fields_of_the_gateway_cannot_be_taken_over(gateway, name):
    with Wire(gateway.port) as wire:
        answer = wire.send(request("GET", "/v1/users/1",
                                   fields={"x-trailing": f"{name}=forged"})).answer()
        assert answer.field(name) != "forged"
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 200


def test_several_cookies_stay_several_fields(gateway):
    answer = answer_with(gateway, "x-initial", "set-cookie=a=1;set-cookie=b=2")
    assert [value for name, value in answer.fields if name == "set-cookie"] == ["a=1", "b=2"]


def test_binary_metadata_comes_back_as_base64(gateway):
    text = answer_with(gateway, "x-initial", "x-tag-bin=\\x01~?").field("x-tag-bin")
    assert base64.b64decode(text + "=" * (-len(text) % 4)) == b"\\x01~?"


def test_metadata_of_an_error_comes_back_too(gateway):
    answer = ask(gateway.port, "GET", "/v1/users/1",
                 fields={"x-trailing": "x-late=yes", "x-status": "5"})
    assert (answer.status, answer.field("x-late")) == (404, "yes")


@pytest.mark.parametrize("value", [b"a\r\nx-evil: 1", b"a\nx-evil: 1", b"a\rb", b"a\0b", b"a\x01b"])
@pytest.mark.parametrize("place", ["head", "trailers"])
def test_no_control_byte_of_a_backend_leaves_in_a_head(gateways, value, place):
    def script(call):
        odd = [(b"etag", value)]
        call.answer(0, b"", fields=odd if place == "trailers" else [],
                    head=GRPC_HEAD + (odd if place == "head" else []))

    with ScriptedBackend(script) as scripted:
        gateway = gateways.start(scripted.address)
        answer = ask(gateway.port, "GET", "/v1/users/1")  # which refuses an odd byte
    assert answer.field("x-evil") is None
    assert answer.status in (200, 502)
    assert answer.field("etag") is None


def test_a_location_of_odd_bytes_is_escaped(gateways, backend, messages):
    gateway = gateways.start(backend.address, routes=[{
        "route": "POST /v1/users", "rpc": "user.v1.UserService/CreateUser", "body": "*",
        "success": {"status": 201, "headers": {"location": "/v1/users/{id}"}}}])
    answer = ask(gateway.port, "POST", "/v1/users", {"id": "a\r\nset-cookie: x=1\0?#/"})
    assert answer.status == 201 and answer.field("set-cookie") is None
    assert answer.field("location") == "/v1/users/a%0D%0Aset-cookie%3A%20x%3D1%00%3F%23%2F"


def test_metadata_too_long_to_be_sent_are_a_431(gateways, backend):
    gateway = gateways.start(backend.address, limits={"head": "256KiB"},
                             metadata={"request": ["x-tenant"]})
    count = len(backend.calls)
    answer = ask(gateway.port, "GET", "/v1/users/1", fields={"x-tenant": "a" * 70000})
    assert (answer.status, answer.json()["code"]) == (431, 8)
    assert len(backend.calls) == count
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
