"""Pages of other origins: preflights without the backend, and fields on every other answer."""
import pytest

from backends import StreamBackend
from gateways import SERVICE, USER_ROUTES
from streaming import Streams, route
from wire import Wire, ask, request

PAGE = "https://app.example.com"
PREFLIGHT = {"origin": PAGE, "access-control-request-method": "PATCH",
             "access-control-request-headers": "content-type, authorization"}


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(
        backend.address,
        cors={"origins": ["https://*.example.com"], "credentials": True, "max_age": "1h"},
        routes=[
            *USER_ROUTES,
            {"route": "GET /open/{user_id}", "rpc": f"{SERVICE}/GetUser",
             "cors": {"origins": ["*"], "expose": ["x-a"]}},
            {"route": "GET /closed/{user_id}", "rpc": f"{SERVICE}/GetUser", "cors": False},
            {"route": "* /any/{user_id}", "rpc": f"{SERVICE}/GetUser"},
        ],
        metadata={"request": ["x-reply-bin", "x-status", "x-initial"],
                  "response": ["access-control-allow-origin", "x-a"]})


def cors(answer):
    return {name: value for name, value in answer.fields if name.startswith("access-control")}


def test_a_preflight_is_answered_without_the_backend(gateway, backend):
    count = len(backend.calls)
    answer = ask(gateway.port, "OPTIONS", "/v1/users/1", fields=PREFLIGHT)
    assert answer.status == 204 and answer.body == b""
    assert answer.field("vary") == "origin"
    found = cors(answer)
    assert found["access-control-allow-origin"] == PAGE
    assert found["access-control-allow-methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert found["access-control-allow-credentials"] == "true"
    assert found["access-control-max-age"] == "3600"
    assert "authorization" in found["access-control-allow-headers"].split(", ")
    assert len(backend.calls) == count


def test_a_preflight_for_a_route_of_any_method_does_not_reach_it_either(gateway, backend):
    count = len(backend.calls)
    answer = ask(gateway.port, "OPTIONS", "/any/1", fields=PREFLIGHT)
    assert answer.status == 204
    assert cors(answer)["access-control-allow-methods"] == "PATCH"
    assert len(backend.calls) == count


@pytest.mark.parametrize("origin", ["https://evil.test", "http://app.example.com", "null",
                                    "https://example.com", "https://app.example.com.evil.test"])
@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_a_foreign_origin_learns_nothing(gateway, origin, method):
    answer = ask(gateway.port, method, "/v1/users/1", fields={**PREFLIGHT, "origin": origin})
    assert answer.status == (204 if method == "OPTIONS" else 200)
    assert answer.field("vary") == "origin" and cors(answer) == {}


@pytest.mark.parametrize(("method", "target", "fields", "status"), [
    ("GET", "/v1/users/1", {}, 200),
    ("HEAD", "/v1/users/1", {}, 200),
    ("GET", "/v1/users/1", {"x-status": "5"}, 404),
    ("GET", "/nowhere", {}, 404),
    ("PUT", "/v1/users/1", {}, 405),
    ("GET", "/v1/users/1?nonsense=1", {}, 400),
    ("GET", "/v1/users/%zz", {}, 400),
    ("OPTIONS", "/v1/users/1", {}, 204),
])
def test_every_other_answer_has_the_fields_errors_too(gateway, method, target, fields, status):
    answer = ask(gateway.port, method, target, fields={"origin": PAGE, **fields})
    assert answer.status == status
    assert cors(answer)["access-control-allow-origin"] == PAGE
    assert "x-request-id" in cors(answer)["access-control-expose-headers"]
    assert answer.field("vary") == "origin"


def test_a_body_over_its_limit_is_told_to_the_page(gateway):
    answer = ask(gateway.port, "POST", "/v1/users", fields={
        "origin": PAGE, "content-type": "application/json", "content-length": str(64 << 20)})
    assert answer.status == 413
    assert cors(answer)["access-control-allow-origin"] == PAGE


def test_an_answer_without_an_origin_varies_all_the_same(gateway):
    answer = ask(gateway.port, "GET", "/v1/users/1")
    assert answer.field("vary") == "origin" and cors(answer) == {}


def test_a_route_has_its_own_rules(gateway):
    answer = ask(gateway.port, "GET", "/open/1", fields={"origin": "https://any.test"})
    assert cors(answer) == {"access-control-allow-origin": "*",
                            "access-control-expose-headers": "x-a"}
    assert answer.field("vary") is None
    answer = ask(gateway.port, "GET", "/closed/1", fields={"origin": PAGE})
    assert answer.status == 200 and cors(answer) == {} and answer.field("vary") is None
    answer = ask(gateway.port, "OPTIONS", "/closed/1", fields={
        "origin": PAGE, "access-control-request-method": "GET"})
    assert answer.status == 204 and cors(answer) == {}
    assert answer.field("allow") == "GET, HEAD, OPTIONS"


def test_a_backend_cannot_add_a_second_origin(gateway):
    answer = ask(gateway.port, "GET", "/v1/users/1", fields={
        "origin": PAGE, "x-initial": "access-control-allow-origin=https://evil.test;x-a=b"})
    assert answer.field("access-control-allow-origin") == PAGE
    assert answer.field("x-a") == "b"


@pytest.fixture(scope="module")
def served(gateways, tmp_path_factory):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      cors={"origins": [PAGE]},
                      routes=[route("GET /list/{id}", "List"),
                              route("POST /chat", "Chat", body="*",
                                    websocket={"origins": ["https://other.test"]})])


@pytest.mark.parametrize("code", [0, 5])
def test_a_stream_has_the_fields_and_so_has_its_error(served, code):
    wire, call = served.call("GET", "/list/1", fields={"origin": PAGE})
    if not code:
        call.send(served.item(id="1"))
    call.finish(code)
    with wire:
        answer = wire.whole()
    assert answer.status == (404 if code else 200)
    assert cors(answer)["access-control-allow-origin"] == PAGE
    assert answer.field("vary") == "origin"


def test_a_websocket_goes_by_its_own_origins(served):
    fields = {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-version": "13",
              "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for origin, status in (("https://other.test", 101), (PAGE, 403)):
        with Wire(served.port) as wire:
            wire.send(request("GET", "/chat", fields={**fields, "origin": origin}))
            answer = wire.answer()
            assert answer.status == status, answer
            assert cors(answer) == {}
    served.backend.forget()
