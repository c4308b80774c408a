"""Paths and queries on their way into a message: what arrives at the backend, byte for byte."""
import pytest

from gateways import SERVICE
from wire import ask

GET = f"{SERVICE}/GetUser"
ROUTES = [
    {"route": "GET /v1/{user_id}", "rpc": GET},
    {"route": "GET /v1/me", "rpc": f"{SERVICE}/DeleteUser"},
    {"route": "GET /v1/{user_id}:archive", "rpc": f"{SERVICE}/DeleteUser"},
    {"route": "GET /files/{user_id=**}", "rpc": GET},
    {"route": "GET /shelves/{user_id=books/*}", "rpc": GET},
    {"route": "GET /decoded/{user_id=**}", "rpc": GET, "fully_decode": True},
    {"route": "GET /slash/{user_id}", "rpc": GET, "trailing_slash": "ignore"},
    {"route": "GET /search", "rpc": GET},
    {"route": "* /any/{user_id}", "rpc": GET},
    {"route": "BREW /pots/{user_id}", "rpc": GET},
    {"route": "GET /angle/<user_id>", "rpc": GET},
    {"route": "GET /lenient", "rpc": GET, "unknown_query": "ignore"},
    {"route": "POST /update", "rpc": f"{SERVICE}/UpdateUser", "body": "*",
     "unknown_fields": "ignore"},
    {"route": "GET /update", "rpc": f"{SERVICE}/UpdateUser"},
]


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, routes=ROUTES)


@pytest.fixture(scope="module")
def called(gateway, backend, messages):
    """Asks, and returns the method that was called and its request as JSON."""
    backend.reply = b""

    def ask_gateway(method, target, body=None):
        count = len(backend.calls)
        answer = ask(gateway.port, method, target, body)
        assert answer.status == 200, answer
        assert len(backend.calls) == count + 1
        call = backend.calls[-1]
        name = call.method.rpartition("/")[2]
        message = messages[f"user.v1.{name}Request"].FromString(call.request)
        return name, messages.as_json(message)
    return ask_gateway


@pytest.mark.parametrize(("target", "user_id"), [
    ("/v1/plain", "plain"), ("/v1/a%2Fb", "a/b"), ("/v1/a%252Fb", "a%2Fb"), ("/v1/a+b", "a+b"),
    ("/v1/%C3%A4", "\u00e4"), ("/v1/user:1", "user:1"), ("/v1/a%3Aarchive", "a:archive"),
    ("/v1/..", ".."), ("/v1/%2e%2e", ".."), ("/v1/a;b", "a;b"), ("/v1/a=b&c", "a=b&c"),
    ("/v1/%00", "\0"), ("/v1/%7e", "~"), ("/v1/me%2F", "me/"), ("/v1/you", "you"),
    ("/v1/%6de", "me"),
    ("/files/a/b/c", "a/b/c"), ("/files/a%2Fb/c%20d", "a%2Fb/c d"), ("/files/a//b/", "a//b/"),
    ("/decoded/a%2Fb/c", "a/b/c"), ("/shelves/books/7", "books/7"), ("/slash/a/", "a"),
    ("/angle/x", "x"), ("/search?user_id=q", "q"), ("/search?userId=q", "q"),
    ("/search?user_id=a+b%2Bc", "a b+c"), ("/search?user%5Fid=%C3%A4", "\u00e4"),
    ("/search?user_id=a;b", "a;b"), ("/search?user_id=a=b", "a=b"),
    ("/lenient?user_id=q&verbose=1&x.y=2", "q"),
])
def test_a_value_arrives_decoded_once(called, target, user_id):
    assert called("GET", target) == ("GetUser", {"userId": user_id})


@pytest.mark.parametrize(("target", "name"), [
    ("/v1/me", "DeleteUser"), ("/v1/x:archive", "DeleteUser"),
    ("/v1/me2", "GetUser")])
def test_the_most_specific_route_wins_whatever_the_order(called, target, name):
    assert called("GET", target)[0] == name


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "BREW", "PROPFIND"])
def test_a_star_takes_any_verb(called, method):
    assert called(method, "/any/1") == ("GetUser", {"userId": "1"})


def test_a_verb_of_ones_own_is_a_verb(called, gateway):
    assert called("BREW", "/pots/1") == ("GetUser", {"userId": "1"})
    answer = ask(gateway.port, "GET", "/pots/1")
    assert answer.status == 405 and "BREW" in answer.field("allow")


@pytest.mark.parametrize("name", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_a_method_cannot_be_overridden(gateway, name):
    answer = ask(gateway.port, "POST", "/pots/1", fields={name: "BREW"})
    assert answer.status == 405


@pytest.mark.parametrize("target", ["/v1/a/b", "/v1/", "/v1", "/shelves/books/7/8", "/files2/a",
                                    "/v1xme", "/angle/x/"])
def test_what_no_template_fits_is_a_404(gateway, target):
    assert ask(gateway.port, "GET", target).status == 404


@pytest.mark.parametrize("target", [
    "/search?user_id=1&user_id=2", "/search?user_id=1&userId=2", "/search?user_id=%zz",
    "/search?user_id=%ff", "/search?%ff=1", "/search?nobody=1", "/files/%zz", "/v1/%c3%28"])
def test_a_query_or_path_that_does_not_fit_is_a_400(gateway, backend, target):
    count = len(backend.calls)
    answer = ask(gateway.port, "GET", target)
    assert (answer.status, answer.json()["code"]) == (400, 3), answer
    assert len(backend.calls) == count


@pytest.mark.parametrize(("query", "message"), [
    ("user.id=1&user.name=A", {"user": {"id": "1", "name": "A"}}),
    ("user.createdAt=9007199254740993", {"user": {"createdAt": "9007199254740993"}}),
    ("user.created_at=-9223372036854775808", {"user": {"createdAt": "-9223372036854775808"}}),
    ("update_mask=name,createdAt", {"updateMask": "name,createdAt"}),
    ("updateMask=name,created_at", {"updateMask": "name,createdAt"}),
])
def test_a_query_reaches_nested_fields_and_well_known_types(called, query, message):
    assert called("GET", f"/update?{query}") == ("UpdateUser", message)


@pytest.mark.parametrize("query", [
    "user.created_at=1.0", "user.created_at=1e3", "user.created_at=+1", "user.created_at=010",
    "user.created_at=9223372036854775808", "user.created_at=", "user=1", "user.nobody=1",
    "user.id.x=1"])
def test_a_query_value_that_does_not_parse_is_a_400(gateway, query):
    assert ask(gateway.port, "GET", f"/update?{query}").status == 400


def test_unknown_fields_are_ignored_where_the_route_says_so(called):
    assert called("POST", "/update", {"user": {"id": "1", "new": {"x": [1]}}, "other": None}) == (
        "UpdateUser", {"user": {"id": "1"}})
