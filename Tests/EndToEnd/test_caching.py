"""Entity tags, conditions and Cache-Control."""
import hashlib

import pytest

from gateways import SERVICE
from wire import ask

GET = f"{SERVICE}/GetUser"


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, routes=[
        {"route": "GET /tagged/{user_id}", "rpc": GET, "etag": True, "cache_control": "max-age=60"},
        {"route": "GET /plain/{user_id}", "rpc": GET},
        {"route": "GET /zipped/{user_id}", "rpc": GET, "etag": True, "compression": {"min": "1B"}},
        {"route": "POST /tagged", "rpc": f"{SERVICE}/CreateUser", "body": "*", "etag": True,
         "cache_control": "no-store"},
    ])


def test_the_tag_is_a_hash_of_the_content(gateway):
    answer = ask(gateway.port, "GET", "/tagged/1")
    assert answer.status == 200
    assert answer.field("etag") == f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    assert answer.field("cache-control") == "max-age=60"
    head = ask(gateway.port, "HEAD", "/tagged/1")
    assert head.field("etag") == answer.field("etag")
    assert head.field("content-length") == str(len(answer.body))


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '"x",W/{} , "y"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_has_the_content_gets_a_304_without_any(gateway, method, form):
    tag = ask(gateway.port, "GET", "/tagged/1").field("etag")
    answer = ask(gateway.port, method, "/tagged/1",
                 fields={"if-none-match": form.replace("{}", tag)})
    assert answer.status == 304 and answer.body == b""
    assert answer.field("etag") == tag and answer.field("cache-control") == "max-age=60"
    assert answer.field("content-length") is None and answer.field("content-type") is None
    assert answer.field("date") and answer.field("x-request-id")


@pytest.mark.parametrize("value", ['"x"', "x", '"', "W/", ""])
def test_another_tag_or_none_gets_the_content(gateway, value):
    assert ask(gateway.port, "GET", "/tagged/1", fields={"if-none-match": value}).status == 200


def test_if_match_fails_with_412(gateway):
    tag = ask(gateway.port, "GET", "/tagged/1").field("etag")
    assert ask(gateway.port, "GET", "/tagged/1", fields={"if-match": tag}).status == 200
    answer = ask(gateway.port, "GET", "/tagged/1", fields={"if-match": '"other"'})
    assert answer.status == 412 and answer.json()["code"] == 9


def test_a_route_without_the_key_has_no_tag_and_looks_at_no_condition(gateway):
    answer = ask(gateway.port, "GET", "/plain/1", fields={"if-none-match": "*"})
    assert answer.status == 200 and answer.field("etag") is None
    assert answer.field("cache-control") is None


def test_only_get_has_a_tag(gateway):
    answer = ask(gateway.port, "POST", "/tagged", {}, {"if-none-match": "*"})
    assert answer.status == 200 and answer.field("etag") is None
    assert answer.field("cache-control") == "no-store"


def test_a_backends_own_tag_and_cache_control_win(gateway):
    steer = {"x-initial": 'etag="own";cache-control=private'}
    answer = ask(gateway.port, "GET", "/tagged/1", fields=steer)
    assert answer.field("etag") == '"own"' and answer.field("cache-control") == "private"
    answer = ask(gateway.port, "GET", "/tagged/1", fields={**steer, "if-none-match": '"own"'})
    assert answer.status == 304
    assert answer.field("etag") == '"own"' and answer.field("cache-control") == "private"


def test_an_error_has_no_tag_and_no_cache_control(gateway):
    answer = ask(gateway.port, "GET", "/tagged/1", fields={"x-status": "5", "if-none-match": "*"})
    assert answer.status == 404
    assert answer.field("etag") is None and answer.field("cache-control") is None


def test_a_coded_answer_has_the_same_tag_weak(gateway):
    plain = ask(gateway.port, "GET", "/zipped/" + "a" * 200)
    fields = {"accept-encoding": "gzip"}
    coded = ask(gateway.port, "GET", "/zipped/" + "a" * 200, fields=fields)
    assert coded.field("content-encoding") == "gzip"
    assert coded.field("etag") == "W/" + plain.field("etag")
    answer = ask(gateway.port, "GET", "/zipped/" + "a" * 200,
                 fields={**fields, "if-none-match": plain.field("etag")})
    assert answer.status == 304 and answer.field("content-encoding") is None
    assert answer.field("vary") == "accept-encoding"
    own = ask(gateway.port, "GET", "/zipped/" + "a" * 200,
              fields={**fields, "x-initial": 'etag="own"'})
    assert own.field("etag") == 'W/"own"'
