"""The sample routes, against a Python grpcio server and against the sample backend."""
import contextlib
import itertools

import grpc
import pytest

from backends import UserBackend
from processes import ROOT, DemoBackend
from wire import Wire, ask, request

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=["grpcio", "demo-backend"])
def users_backend(request, messages):
    with UserBackend(messages) if request.param == "grpcio" else DemoBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def users(users_backend, gateways):
    """The port of a gateway that serves routes/ and protos/ as the repository has them."""
    return gateways.start(
        users_backend.address, routes_from=str(ROOT / "routes"),
        schema={"protos": [str(ROOT / "protos")]}).port


@pytest.fixture(scope="module")
def stored(users_backend, messages):
    """What the backend itself says of a user, as JSON; None if there is no such user."""
    with contextlib.closing(grpc.insecure_channel(users_backend.address)) as channel:
        get = channel.unary_unary(
            "/user.v1.UserService/GetUser", lambda message: message.SerializeToString(),
            messages["user.v1.User"].FromString)

        def ask_backend(identifier):
            try:
                return messages.as_json(
                    get(messages["user.v1.GetUserRequest"](user_id=identifier), timeout=10))
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.NOT_FOUND
                return None
        yield ask_backend


def new_id():
    return f"user-{next(NUMBERS)}"


def created(port, **fields):
    body = {"id": new_id(), "name": "Ada", "email": "ada@example.com", **fields}
    answer = ask(port, "POST", "/v1/users", body)
    assert answer.status == 201, answer
    return answer.json()


def assert_bad_request(answer, *fields):
    """A 400 with a `BadRequest` detail that names these fields."""
    assert answer.status == 400, answer
    body = answer.json()
    assert body["code"] == 3 and set(body) == {"code", "message", "details"}
    violations = [violation for detail in body["details"]
                  if detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
                  for violation in detail["fieldViolations"]]
    assert [violation["field"] for violation in violations] == list(fields), body
    assert all(violation["description"] for violation in violations)


@pytest.mark.parametrize("path", ["/v1/users/42", "/users/42", "/v1/users/%34%32"])
def test_get_answers_what_the_backend_has(users, stored, path):
    answer = ask(users, "GET", path)
    assert (answer.status, answer.json()) == (200, stored("42"))
    assert answer.field("content-type") == "application/json"
    assert isinstance(answer.json()["createdAt"], str)


def test_one_connection_serves_many_users(users, stored):
    with Wire(users) as wire:
        for identifier in ("1", "50", "100", "1"):
            answer = wire.send(request("GET", f"/v1/users/{identifier}")).answer()
            assert answer.json() == stored(identifier)


def test_post_creates_a_user_and_says_where(users, stored):
    identifier = new_id()
    answer = ask(users, "POST", "/v1/users",
                 {"id": identifier, "name": "Zoë \u2603", "email": "z@example.com"})
    assert answer.status == 201
    assert answer.field("location") == f"/v1/users/{identifier}"
    assert answer.json() == stored(identifier)
    assert answer.json()["name"] == "Zoë \u2603"


def test_a_location_is_percent_encoded(users, stored):
    identifier = new_id() + "/ä b"
    answer = ask(users, "POST", "/v1/users", {"id": identifier, "name": "Odd"})
    location = answer.field("location")
    assert (answer.status, location) == (201, f"/v1/users/{identifier[:-4]}%2F%C3%A4%20b")
    assert ask(users, "GET", location).json() == stored(identifier)


def test_an_existing_user_is_a_conflict(users):
    user = created(users)
    answer = ask(users, "POST", "/v1/users", {"id": user["id"], "name": "Again"})
    assert (answer.status, answer.json()["code"]) == (409, 6)


def test_patch_changes_the_fields_of_the_mask(users, stored):
    user = created(users, name="Old", email="old@example.com")
    answer = ask(users, "PATCH", f"/v1/users/{user['id']}?update_mask=name", {"name": "New"})
    assert (answer.status, answer.json()) == (200, {**user, "name": "New"})
    assert stored(user["id"]) == answer.json()


@pytest.mark.parametrize("mask", ["update_mask=name,email", "updateMask=name,email"])
def test_a_mask_has_several_paths_and_two_spellings(users, mask):
    user = created(users)
    answer = ask(users, "PATCH", f"/v1/users/{user['id']}?{mask}", {"name": "N", "email": "e@x"})
    assert answer.json() == {**user, "name": "N", "email": "e@x"}


def test_delete_answers_204_without_a_body(users, stored):
    user = created(users)
    answer = ask(users, "DELETE", f"/v1/users/{user['id']}")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.field("content-length") is None and answer.field("content-type") is None
    assert stored(user["id"]) is None


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_missing_user_is_a_404_of_exactly_this_shape(users, method):
    answer = ask(users, method, "/v1/users/nobody")
    assert answer.status == 404
    assert answer.field("content-type") == "application/json"
    assert answer.json() == {"code": 5, "message": "user 'nobody' not found", "details": []}


@pytest.mark.parametrize("path", ["/v1/users/42", "/v1/users/nobody"])
def test_head_answers_as_get_without_a_body(users, path):
    with Wire(users) as wire:
        head = wire.send(request("HEAD", path)).answer(to="HEAD")
        get = wire.send(request("GET", path)).answer()
    assert head.status == get.status and head.body == b""
    assert head.field("content-length") == str(len(get.body))
    assert head.field("content-type") == get.field("content-type")


@pytest.mark.parametrize(("path", "allowed"), [
    ("/v1/users", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/v1/users/42", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
    ("/users/42", {"GET", "HEAD", "OPTIONS"}),
])
def test_options_and_405_list_the_methods(users, path, allowed):
    def listed(answer):
        return {method.strip() for method in answer.field("allow").split(",")}

    answer = ask(users, "OPTIONS", path)
    assert (answer.status, answer.body, listed(answer)) == (204, b"", allowed)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"} - allowed:
        refused = ask(users, method, path)
        assert (refused.status, refused.json()["code"]) == (405, 12)
        assert listed(refused) == allowed


@pytest.mark.parametrize("path", ["/v1", "/v1/user", "/v1/users/42/", "/v1/users/42/books",
                                  "/V1/users/42", "/v1//users/42", "/v2/users/42"])
def test_an_unknown_path_is_a_404(users, path):
    answer = ask(users, "GET", path)
    assert answer.status == 404
    body = answer.json()
    assert (body["code"], body["details"]) == (5, []) and body["message"]


@pytest.mark.parametrize(("body", "field"), [
    ({"id": "x", "name": "A", "nickname": "b"}, "nickname"),
    ({"id": "x", "name": "A", "Name": "b"}, "Name"),
    ({"id": 5}, "id"),
    ({"id": "x", "name": ["A"]}, "name"),
    ({"id": "x", "email": {}}, "email"),
])
def test_a_field_that_does_not_fit_is_named(users, stored, body, field):
    assert_bad_request(ask(users, "POST", "/v1/users", body), field)
    assert stored("x") is None


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"{", b"[]", b"{} {}", b"\xff", b"{'id': 1}",
                                  b'{"name": "a", "name": "b"}', b'\xef\xbb\xbf{"name": "a"}'])
def test_a_body_that_is_not_one_json_object_is_a_400(users, body):
    answer = ask(users, "POST", "/v1/users", body, {"content-type": "application/json"})
    if body in (b"", b"{}"):
        # An empty message, which the backends judge for themselves.
        assert answer.status in (201, 400), answer
    else:
        assert (answer.status, answer.json()["code"]) == (400, 3), answer


def test_a_syntax_error_says_line_and_column(users):
    answer = ask(users, "POST", "/v1/users", b'{"id": "x",\n  "name" "A"}')
    assert answer.status == 400
    assert "line 2" in answer.json()["message"] and "column" in answer.json()["message"]


@pytest.mark.parametrize(("content_type", "status"), [
    (None, 201), ("application/json", 201), ("Application/JSON; charset=utf-8", 201),
    ("application/merge-patch+json", 201), ("text/plain", 415), ("application/xml", 415),
    ("application/x-www-form-urlencoded", 415), ("application/jsonx", 415),
])
def test_only_json_is_taken(users, content_type, status):
    body = b'{"id": "%s", "name": "A"}' % new_id().encode()
    fields = {"content-type": content_type} if content_type else {}
    answer = ask(users, "POST", "/v1/users", body, fields)
    assert answer.status == status, answer
    if status == 415:
        assert answer.json()["code"] == 3
        assert "content-type: application/json" in answer.json()["message"]


def test_a_body_may_repeat_the_path_but_not_contradict_it(users):
    user = created(users)
    path = f"/v1/users/{user['id']}"
    same = ask(users, "PATCH", path, {"id": user["id"], "name": "B", "email": "b@x"})
    assert (same.status, same.json()["name"]) == (200, "B")
    assert_bad_request(ask(users, "PATCH", path, {"id": "1", "name": "Evil"}), "user.id")


@pytest.mark.parametrize(("method", "target", "body", "field"), [
    ("GET", "/v1/users/42?user_id=43", None, "user_id"),
    ("GET", "/v1/users/42?userId=43", None, "user_id"),
    ("GET", "/v1/users/42?user_id=42", None, "user_id"),
    ("PATCH", "/v1/users/1?user.name=x", {"name": "B"}, "user.name"),
    ("PATCH", "/v1/users/1?user.id=2", {"name": "B"}, "user.id"),
    ("POST", "/v1/users?name=x", {"id": "q", "name": "B"}, "name"),
])
def test_a_query_parameter_for_a_bound_field_is_a_400(users, stored, method, target, body, field):
    before = stored("1"), stored("2")
    assert_bad_request(ask(users, method, target, body), field)
    assert (stored("1"), stored("2"), stored("q")) == (*before, None)


@pytest.mark.parametrize("query", ["verbose=1", "view=FULL&verbose", "=", "user", "user_id.x=1"])
def test_an_unknown_query_parameter_is_a_400(users, query):
    answer = ask(users, "GET", f"/v1/users/42?{query}")
    assert (answer.status, answer.json()["code"]) == (400, 3), answer


def test_an_unknown_query_parameter_is_named(users):
    assert_bad_request(ask(users, "GET", "/v1/users/42?verbose=1"), "verbose")


def test_an_empty_query_is_none(users, stored):
    assert ask(users, "GET", "/v1/users/42?").json() == stored("42")


@pytest.mark.parametrize("path", ["/v1/users/%zz", "/v1/users/%4", "/v1/users/%ff"])
def test_a_broken_escape_is_a_400(users, path):
    answer = ask(users, "GET", path)
    assert (answer.status, answer.json()["code"]) == (400, 3)


def test_a_get_takes_no_body(users):
    assert ask(users, "GET", "/v1/users/42", b"{}").status == 400
    assert ask(users, "GET", "/v1/users/42", b"").status == 200
