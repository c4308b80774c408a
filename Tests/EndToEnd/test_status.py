"""What a failing backend becomes: HTTP status, error body, details, Retry-After."""
import base64
import json
import urllib.parse

import pytest

from corpus import corpus_file, skipped_without
from scripted import ScriptedBackend
from wire import ask

# google/rpc/code.proto
HTTP_OF_CODE = {1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409,
                11: 400, 12: 501, 13: 500, 14: 503, 15: 500, 16: 401}


def fail(gateway, code, message="", details=None, fields=()):
    """The answer to a GET that the backend fails."""
    steering = {"x-status": str(code), "x-message": urllib.parse.quote(message), **dict(fields)}
    if details is not None:
        steering["x-details-bin"] = base64.b64encode(details).decode()
    return ask(gateway.port, "GET", "/v1/users/42", fields=steering)


@pytest.mark.parametrize("code", HTTP_OF_CODE)
def test_each_code_has_its_http_status(gateway, code):
    answer = fail(gateway, code, "no such luck")
    assert answer.status == HTTP_OF_CODE[code]
    assert answer.field("content-type") == "application/json"
    assert answer.json() == {"code": code, "message": "no such luck", "details": []}


def corpus_rows():
    path = corpus_file("status_mapping.json")
    if path is None:
        return [skipped_without("status_mapping.json")]
    rows = json.loads(path.read_text())["grpc_to_http"]
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.fixture(scope="module")
def scripted():
    with ScriptedBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def scripted_gateway(gateways, scripted):
    return gateways.start(scripted.address)


@pytest.mark.parametrize("row", corpus_rows())
def test_the_published_table_holds(scripted, scripted_gateway, row):
    code = row["grpc_code"]
    scripted.script = lambda call: call.answer(code, b"" if code == 0 else None)
    assert ask(scripted_gateway.port, "GET", "/v1/users/1").status == row["http_status"]


@pytest.mark.parametrize("status", ["17", "999", "4294967296", "-1", "", "x", "5x", "0x5"])
def test_a_status_outside_the_table_is_a_server_error(scripted, scripted_gateway, status):
    scripted.script = lambda call: call.trailers_only([("grpc-status", status)])
    answer = ask(scripted_gateway.port, "GET", "/v1/users/1")
    assert answer.status in (500, 502), answer
    assert answer.json()["code"] == 2


MESSAGES = ["", "plain", "100 %", "a%20b", "caf\u00e9 \u2603 \U0001f600", "line\nbreak\ttab\x00nul",
            '"quoted" \\ </script>', " edges ", "x" * 2000]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_arrives_as_the_backend_wrote_it(gateway, message):
    answer = fail(gateway, 9, message)
    assert (answer.status, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(("on_the_wire", "message"), [
    (b"caf%C3%A9", "caf\u00e9"), (b"caf%c3%a9", "caf\u00e9"), (b"100%", "100%"), (b"%zz", "%zz"),
    (b"%4", "%4"), (b"a%00b", "a\0b"), (b"caf\xc3\xa9", "caf\u00e9"), (b"%0D%0Ax: y", "\r\nx: y"),
])
def test_percent_escapes_are_decoded_and_never_fail(scripted, scripted_gateway, on_the_wire,
                                                    message):
    scripted.script = lambda call: call.trailers_only(
        [(b"grpc-status", b"5"), (b"grpc-message", on_the_wire)])
    answer = ask(scripted_gateway.port, "GET", "/v1/users/1")
    assert (answer.status, answer.json()["message"]) == (404, message)


@pytest.mark.parametrize("on_the_wire", [b"%E4%BD", b"%FF", b"\xff\xfe"])
def test_a_message_that_is_no_utf8_keeps_the_answer_valid(scripted, scripted_gateway, on_the_wire):
    scripted.script = lambda call: call.trailers_only(
        [(b"grpc-status", b"5"), (b"grpc-message", on_the_wire)])
    answer = ask(scripted_gateway.port, "GET", "/v1/users/1")
    assert (answer.status, answer.json()["code"]) == (404, 5)
    assert "\ufffd" in answer.json()["message"]


@pytest.fixture(scope="module")
def bad_request(messages):
    detail = messages["google.rpc.BadRequest"]()
    detail.field_violations.add(field="name", description="too short")
    return detail


def test_details_of_known_types_are_printed(gateway, messages, bad_request):
    info = messages["google.rpc.ErrorInfo"](reason="QUOTA", domain="x.test", metadata={"a": "b"})
    answer = fail(gateway, 3, "bad", messages.status(3, "bad", [bad_request, info]))
    assert answer.json() == {"code": 3, "message": "bad", "details": [
        {"@type": "type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations": [{"field": "name", "description": "too short"}]},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "QUOTA",
         "domain": "x.test", "metadata": {"a": "b"}}]}


def test_a_detail_of_an_unknown_type_is_kept(gateway, messages, bad_request):
    unknown = ("type.googleapis.com/acme.Unknown", b"\x08\x96\x01\xff")
    answer = fail(gateway, 3, "bad", messages.status(3, "bad", [unknown, bad_request]))
    assert answer.status == 400
    first, second = answer.json()["details"]
    assert first == {"@type": "type.googleapis.com/acme.Unknown", "value": "CJYB/w=="}
    assert second["@type"] == "type.googleapis.com/google.rpc.BadRequest"


def test_a_broken_detail_of_a_known_type_is_kept_too(gateway, messages):
    broken = ("type.googleapis.com/google.rpc.BadRequest", b"\x0a\xff")
    answer = fail(gateway, 3, "bad", messages.status(3, "bad", [broken]))
    assert answer.json()["details"] == [{"@type": broken[0], "value": "Cv8="}]


@pytest.mark.parametrize("details", [b"", b"\xff", b"\x0a", bytes(range(256))])
def test_details_that_are_no_status_leave_code_and_message(gateway, details):
    answer = fail(gateway, 3, "bad", details)
    assert answer.status == 400
    assert (answer.json()["code"], answer.json()["message"]) == (3, "bad")
    assert isinstance(answer.json()["details"], list)


@pytest.mark.parametrize(("seconds", "nanos", "header"), [
    (0, 0, "0"), (0, 1, "1"), (0, 999_999_999, "1"), (1, 0, "1"), (1, 1, "2"), (90, 500, "91"),
])
def test_retry_info_becomes_retry_after_rounded_up(gateway, messages, seconds, nanos, header):
    retry = messages["google.rpc.RetryInfo"]()
    retry.retry_delay.seconds, retry.retry_delay.nanos = seconds, nanos
    answer = fail(gateway, 14, "later", messages.status(14, "later", [retry]))
    assert (answer.status, answer.field("retry-after")) == (503, header)


def test_a_negative_retry_delay_does_no_harm(gateway, messages):
    retry = messages["google.rpc.RetryInfo"]()
    retry.retry_delay.seconds = -5
    answer = fail(gateway, 14, "later", messages.status(14, "later", [retry]))
    assert answer.status == 503
    assert answer.field("retry-after") in (None, "0")


@pytest.mark.parametrize(("accept", "content_type"), [
    ("application/problem+json", "application/problem+json"),
    ("application/json;q=0.5, Application/Problem+JSON", "application/problem+json"),
    ("application/json, application/problem+json;q=0.5", "application/json"),
    ("application/problem+json;q=0", "application/json"),
    ("application/json", "application/json"), ("*/*", "application/json"),
    ("text/html", "application/json"), (";;,,q=", "application/json"),
])
def test_accept_chooses_the_form_of_errors(gateway, accept, content_type):
    answer = fail(gateway, 5, "gone", fields={"accept": accept})
    assert (answer.status, answer.field("content-type")) == (404, content_type)


def test_a_problem_has_the_same_facts(gateway, messages, bad_request):
    problem = fail(gateway, 3, "bad", messages.status(3, "bad", [bad_request]),
                   fields={"accept": "application/problem+json"}).json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "details"}
    assert (problem["type"], problem["title"]) == ("about:blank", "Bad Request")
    assert (problem["status"], problem["detail"], problem["code"]) == (400, "bad", 3)
    assert problem["details"][0]["fieldViolations"][0]["field"] == "name"


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nowhere", 404), ("POST", "/v1/users/1", 405), ("POST", "/v1/users", 400)])
def test_the_gateways_own_errors_are_problems_too(gateway, method, path, status):
    body = b"{" if status == 400 else None
    answer = ask(gateway.port, method, path, body, {"accept": "application/problem+json"})
    assert answer.field("content-type") == "application/problem+json"
    assert (answer.status, answer.json()["status"]) == (status, status)


def test_401_carries_a_challenge(gateway):
    assert fail(gateway, 16, 'x\r\nx: "y"').field("www-authenticate")


def test_internal_texts_can_be_hidden(gateways, backend, messages):
    quiet = gateways.start(backend.address, defaults={"backend": "users", "expose_details": False})
    debug = messages["google.rpc.DebugInfo"](detail="secret", stack_entries=["secret.go:1"])
    answer = fail(quiet, 13, "secret table missing", messages.status(13, "secret", [debug]))
    assert answer.status == 500 and b"secret" not in answer.body
