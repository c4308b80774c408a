"""The schema from server reflection, against Python's grpcio and grpcio-reflection."""
import json
import re
import signal
import socket
import subprocess
import threading
import time

import grpc
import pytest
from google.protobuf import descriptor_pb2

import reflecting
import wire
from backends import RawBackend, wait_until
from certificates import Authority
from load import Load
from processes import ROOT, DemoBackend, Gateway, binary, free_port, run
from reflecting import V1, V1ALPHA, Broken, ReflectingBackend, Reflection, refusal, with_files
from secure_backends import Secure

USERS = """
syntax = "proto3";
package shop.v1;
import "shop/v1/money.proto";
import "google/protobuf/timestamp.proto";
service Users {
  rpc Get(User) returns (User);
  rpc Put(User) returns (User);
}
message User {
  string id = 1;
  Money balance = 2;
  google.protobuf.Timestamp since = 3;
}
"""
MONEY = """
syntax = "proto3";
package shop.v1;
message Money { string currency_code = 1; int64 units = 2; }
"""
ORDERS = """
syntax = "proto3";
package shop.v1;
import "shop/v1/money.proto";
service Orders { rpc Place(Order) returns (Order); }
message Order { string id = 1; Money total = 2; }
"""
SHOP = {"shop/v1/users.proto": USERS, "shop/v1/money.proto": MONEY}
GET_USER = {"route": "GET /users/{id}", "rpc": "shop.v1.Users/Get"}
PUT_USER = {"route": "PUT /users/{id}", "rpc": "shop.v1.Users/Put", "body": "*"}
ROUTES = [GET_USER, PUT_USER]
HEALTH = {"grpc/health/v1/health.proto": """
syntax = "proto3";
package grpc.health.v1;
service Health { rpc Check(Request) returns (Response); }
message Request { string service = 1; }
message Response { enum Status { UNKNOWN = 0; SERVING = 1; } Status status = 1; }
"""}
GET_HEALTH = {"route": "GET /health", "rpc": "grpc.health.v1.Health/Check"}


@pytest.fixture(scope="module")
def shop():
    return Reflection(SHOP)


@pytest.fixture
def backends():
    """Starts backends of one test."""
    made = []

    def start(shown, **options):
        made.append(ReflectingBackend(shown, **options))
        return made[-1]

    yield start
    for backend in made:
        backend.stop()


def schema(*names, **keys):
    return {"reflection": list(names or ["users"]), "refresh": "1s", **keys}


def ask(gateway, target, method="GET", body=None):
    return wire.ask(gateway.port, method, target, body)


def serves(gateway):
    """Whether the two routes of the shop work as its schema says."""
    answer = ask(gateway, "/users/7")
    assert (answer.status, answer.json()) == (200, {"id": "7"})
    body = {"balance": {"currencyCode": "EUR", "units": "12"}, "since": "2024-01-02T03:04:05Z"}
    answer = ask(gateway, "/users/7", "PUT", body)
    assert (answer.status, answer.json()) == (200, {"id": "7", **body})


def refused(config, *words):
    """`transom serve` and `check` both exit 78 with these words."""
    for command in ("serve", "check"):
        done = run([binary("transom"), command, "--config", str(config)])
        assert done.returncode == 78, done.stderr
        for word in words:
            assert word in done.stderr
    return done.stderr


# MARK: the ways of servers


@pytest.mark.parametrize("alone", [False, True], ids=["with imports", "one file at a time"])
@pytest.mark.parametrize("versions", [(V1,), (V1ALPHA,), (V1, V1ALPHA)],
                         ids=["v1", "v1alpha", "both"])
def test_a_backend_shows_its_schema(gateways, backends, versions, alone):
    backend = backends(Reflection(SHOP, alone=alone), versions=versions)
    gateway = gateways.start(backend.address, schema=schema(refresh="0"), routes=ROUTES)
    serves(gateway)
    assert [package for package, _ in backend.asked] == [versions[0]]
    asked = [request for _, requests in backend.asked for request in requests]
    assert not any("grpc." in request.file_containing_symbol for request in asked)


class SecureReflectingBackend(Secure, ReflectingBackend):
    pass


def test_a_backend_is_asked_over_its_tls(gateways, shop, tmp_path):
    authority = Authority(tmp_path)
    backend = SecureReflectingBackend(authority.issue("local"), clients=authority.root, shown=shop)
    client = authority.issue("client")
    tls = {"ca": str(authority.root), "certificate": str(client.certificate),
           "key": str(client.key)}
    gateway = gateways.start({"address": backend.address, "tls": tls}, schema=schema(),
                             routes=ROUTES)
    serves(gateway)
    config = gateways.config({"address": backend.address, "tls": {}}, schema=schema(),
                             routes=ROUTES)
    refused(config, "'users' cannot be asked", "certificate")
    backend.stop()


# MARK: what is made of the schema


def test_auto_routes_come_from_services_that_the_backend_lists(gateways, backends):
    texts = {**SHOP, "shop/v1/orders.proto": ORDERS}
    backend = backends(Reflection(texts, services=["shop.v1.Users"]))
    gateway = gateways.start(backend.address, schema=schema(auto=True), routes=[])
    assert ask(gateway, "/shop.v1.Users/Get", "POST", {"id": "1"}).json() == {"id": "1"}
    assert ask(gateway, "/shop.v1.Orders/Place", "POST", {}).status == 404
    assert ask(gateway, "/grpc.reflection.v1.ServerReflection/x", "POST", {}).status == 404


def test_annotations_are_routes_where_the_server_knows_them(gateways, backends):
    text = """
    syntax = "proto3";
    package notes.v1;
    import "google/api/annotations.proto";
    service Notes {
      rpc Get(Note) returns (Note) { option (google.api.http) = { get: "/notes/{id}" }; }
    }
    message Note { string id = 1; }
    """
    annotations = {f"google/api/{name}.proto": (ROOT / f"protos/google/api/{name}.proto").read_text()
                   for name in ("annotations", "http")}
    backend = backends(Reflection({**annotations, "notes.proto": text}))
    gateway = gateways.start(backend.address, schema=schema(annotations=True), routes=[])
    assert ask(gateway, "/notes/5").json() == {"id": "5"}


PROTO2 = """
syntax = "proto2";
package old;
service Old { rpc Get(Item) returns (Item); }
message Item {
  required string id = 1;
  optional group Part = 2 { optional int32 size = 3 [default = 7]; }
  extensions 100 to 200;
}
extend Item { optional string note = 100; }
"""
EDITION = """
edition = "2023";
package new;
service New { rpc Get(Item) returns (Item); }
message Item {
  string id = 1;
  repeated int32 sizes = 2 [features.repeated_field_encoding = EXPANDED];
  string name = 3 [features.field_presence = IMPLICIT];
  Part part = 4 [features.message_encoding = DELIMITED];
}
message Part { int32 size = 1; }
"""


@pytest.mark.parametrize(("text", "service", "body"), [
    (PROTO2, "old.Old", {"id": "a", "part": {"size": 3}, "[old.note]": "n"}),
    (EDITION, "new.New", {"id": "", "sizes": [1, 2], "name": "n", "part": {"size": 3}}),
], ids=["proto2", "edition 2023"])
def test_files_of_every_syntax(gateways, backends, text, service, body):
    backend = backends(Reflection({"item.proto": text}))
    gateway = gateways.start(backend.address, schema=schema(auto=True), routes=[])
    assert ask(gateway, f"/{service}/Get", "POST", body).json() == body


def test_each_service_goes_to_the_backend_that_reflects_it(gateways, backends, shop):
    users = backends(shop)
    orders = backends(Reflection({"shop/v1/orders.proto": ORDERS, "shop/v1/money.proto": MONEY}))
    third = RawBackend()
    gateway = gateways.start(
        users.address, schema=schema("users", "orders"),
        routes=[*ROUTES, {"route": "POST /orders", "rpc": "shop.v1.Orders/Place", "body": "*"}],
        backends={"third": {"address": third.address}, "users": {"address": users.address},
                  "orders": {"address": orders.address}},
        defaults={"backend": "third"})
    serves(gateway)
    assert ask(gateway, "/orders", "POST", {"total": {"units": "3"}}).json() == {
        "total": {"units": "3"}}
    assert [call.method for call in orders.calls] == ["/shop.v1.Orders/Place"]
    assert {call.method for call in users.calls} == {"/shop.v1.Users/Get", "/shop.v1.Users/Put"}
    assert third.calls == []
    third.stop()


def test_services_of_a_backend_go_before_reflection(gateways, backends, shop):
    users, other = backends(shop), backends(shop)
    gateway = gateways.start(
        users.address, schema=schema("users", "other"), routes=ROUTES,
        backends={"users": {"address": users.address},
                  "other": {"address": other.address, "services": ["shop.v1.Users"]}})
    serves(gateway)
    assert users.calls == [] and len(other.calls) == 2
    assert not any("reflects" in line for line in gateway.err)


def test_two_backends_with_one_service_are_told(gateways, backends, shop):
    first, second = backends(shop), backends(shop)
    gateway = gateways.start(
        first.address, schema=schema("first", "second"), routes=ROUTES, defaults={},
        backends={"first": {"address": first.address}, "second": {"address": second.address}})
    serves(gateway)
    assert len(first.calls) == 2
    assert any("'second' reflects 'shop.v1.Users' too" in line for line in gateway.err)


def test_two_versions_of_a_file(gateways, backends, shop):
    newer = MONEY.replace("units = 2;", "units = 2; int32 nanos = 3;")
    orders = {"shop/v1/orders.proto": ORDERS}
    users, other = backends(shop), backends(Reflection({**orders, "shop/v1/money.proto": newer}))
    backends_ = {"users": {"address": users.address}, "other": {"address": other.address}}
    gateway = gateways.start(users.address, schema=schema("users", "other", auto=True), routes=[],
                             backends=backends_, defaults={})
    body = {"total": {"units": "1", "nanos": 5}}
    assert ask(gateway, "/shop.v1.Orders/Place", "POST", body).json() == body
    assert any("'users' and 'other' reflect it in two versions" in line for line in gateway.err)
    other.shown = Reflection({**orders, "shop/v1/money.proto": MONEY.replace("int64", "string")})
    config = gateways.config(users.address, schema=schema("users", "other", auto=True), routes=[],
                             backends=backends_, defaults={})
    refused(config, "shop/v1/money.proto",
            "'users' and 'other' reflect it in versions that contradict each other")


def test_files_of_the_configuration_go_before_reflected_ones(gateways, backends, shop, tmp_path):
    (tmp_path / "pinned.binpb").write_bytes(
        reflecting.compile_texts(SHOP).SerializeToString())
    backend = backends(Reflection({**SHOP, "shop/v1/users.proto": USERS.replace("since", "begin")}))
    gateway = gateways.start(
        backend.address, routes=ROUTES,
        schema=schema(descriptor_sets=[str(tmp_path / "pinned.binpb")]))
    serves(gateway)
    assert any("shop/v1/users.proto" in line and "differs" in line for line in gateway.err)


def test_a_named_service_of_grpc_is_asked_for(gateways, backends):
    backend = backends(Reflection({**SHOP, **HEALTH}))
    backend.reply = b"\x08\x01"
    gateway = gateways.start(backend.address, schema=schema(), routes=[GET_USER, GET_HEALTH])
    assert ask(gateway, "/health").json() == {"status": "SERVING"}


def test_check_routes_and_explain_ask_too(gateways, backends, shop):
    backend = backends(shop)
    config = gateways.config(backend.address, schema=schema(), routes=ROUTES)
    for arguments, words in ((["check", "--config", config], "2 routes"),
                             (["routes", "--config", config], "/users/{id}"),
                             (["explain", "--config", config, "GET", "/users/9"], '"9"')):
        done = run([binary("transom"), *map(str, arguments)])
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    assert len(backend.asked) == 3


def test_the_sample_backend_reflects(gateways):
    with DemoBackend() as backend:
        gateway = gateways.start(backend.address, schema=schema(auto=True), routes=[])
        answer = ask(gateway, "/user.v1.UserService/GetUser", "POST", {"userId": "42"})
        assert answer.json()["id"] == "42"


# MARK: backends that are not as they should be


def test_a_server_without_reflection(gateways):
    backend = RawBackend()
    backend.service = lambda details: None
    config = gateways.config(backend.address, schema=schema(), routes=ROUTES)
    refused(config, "schema.reflection[0]", "'users' serves no reflection",
            "neither grpc.reflection.v1 nor v1alpha", "schema.descriptor_sets")
    backend.stop()


def test_a_backend_that_is_down(gateways):
    config = gateways.config(f"127.0.0.1:{free_port()}", schema=schema(), routes=ROUTES)
    refused(config, "schema.reflection[0]", "'users' cannot be asked", "refused", "schema.cache")


def test_a_backend_that_says_nothing_is_given_ten_seconds(gateways):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = gateways.config(
            {"address": f"127.0.0.1:{listener.getsockname()[1]}", "connect_timeout": "30s",
             "pending_timeout": "30s"}, schema=schema(), routes=ROUTES)
        begin = time.monotonic()
        done = run([binary("transom"), "check", "--config", str(config)])
        assert 9 < time.monotonic() - begin < 20
        assert done.returncode == 78 and "has not answered within 10" in done.stderr, done.stderr


def test_an_unknown_backend(gateways, backends, shop):
    config = gateways.config(backends(shop).address, schema=schema("usres"), routes=ROUTES)
    refused(config, "expected the name of a backend, found 'usres' (did you mean 'users'?)")


def by_symbol(symbol, answer):
    return lambda request: answer if request.file_containing_symbol == symbol else None


def test_a_service_without_its_file_is_left_out(gateways, backends):
    right = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS}, alone=True)
    broken = Broken(right, by_symbol("shop.v1.Orders", refusal(5, "never\nheard of")))
    gateway = gateways.start(backends(broken).address, schema=schema(), routes=ROUTES)
    serves(gateway)
    assert any("'shop.v1.Orders' is left out: NOT_FOUND: never?heard of" in line
               for line in gateway.err)


def test_a_server_that_ends_the_call_over_one_question(gateways, backends):
    right = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS}, alone=True)

    class Ending:
        def answers(self, requests, context):
            for request in requests:
                if request.file_containing_symbol == "shop.v1.Orders":
                    context.abort(grpc.StatusCode.NOT_FOUND, "no orders")
                yield right.answer(request)

    backend = backends(Ending())
    gateway = gateways.start(backend.address, schema=schema(refresh="0"), routes=ROUTES)
    serves(gateway)
    assert any("'shop.v1.Orders' is left out: NOT_FOUND: no orders" in line
               for line in gateway.err)
    assert len(backend.asked) == 2


class Aborting:
    """Ends the call over each question for one of these symbols."""

    def __init__(self, right, code, *symbols):
        self.right = right
        self.code = code
        self.symbols = symbols

    def answers(self, requests, context):
        for request in requests:
            if request.file_containing_symbol in self.symbols:
                context.abort(self.code, "not this one")
            yield self.right.answer(request)


def pinned(folder):
    """The shop's schema as a file of the configuration."""
    path = folder / "shop.binpb"
    path.write_bytes(reflecting.compile_texts(SHOP).SerializeToString())
    return [str(path)]


def test_a_call_that_ends_over_the_last_question_is_not_followed_by_another(
        gateways, backends, tmp_path):
    right = Reflection(SHOP, alone=True)
    backend = backends(Aborting(right, grpc.StatusCode.NOT_FOUND, "shop.v1.Users"))
    gateway = gateways.start(
        backend.address, routes=ROUTES,
        schema=schema(refresh="300s", descriptor_sets=pinned(tmp_path)))
    assert any("'shop.v1.Users' is left out: NOT_FOUND" in line for line in gateway.err)
    # The time a reflection may take, and what follows the loss of a connection.
    time.sleep(12.5)
    assert len(backend.asked) == 1
    serves(gateway)


def test_a_server_that_does_not_end_its_side_is_not_asked_again(gateways, backends, shop):
    class Staying:
        def answers(self, requests, context):
            yield from shop.answers(requests, context)
            while context.is_active():
                time.sleep(0.1)

    backend = backends(Staying())
    # A connection that is silent for so long may be taken for a lost one.
    gateway = gateways.start({"address": backend.address, "connect_timeout": "2s"},
                             schema=schema(refresh="300s"), routes=ROUTES)
    time.sleep(12.5)
    assert len(backend.asked) == 1
    serves(gateway)


def test_unimplemented_over_questions_is_no_lack_of_reflection(gateways, backends):
    right = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS}, alone=True,
                       services=["shop.v1.Orders", "shop.v1.Refunds", "shop.v1.Users"])
    backend = backends(
        Aborting(right, grpc.StatusCode.UNIMPLEMENTED, "shop.v1.Orders", "shop.v1.Refunds"),
        versions=(V1,))
    gateway = gateways.start(backend.address, schema=schema(refresh="0"), routes=ROUTES)
    serves(gateway)
    for service in ("Orders", "Refunds"):
        assert any(f"'shop.v1.{service}' is left out: UNIMPLEMENTED" in line
                   for line in gateway.err)
    assert [package for package, _ in backend.asked] == [V1] * 3


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "UNAUTHENTICATED", "UNKNOWN"])
def test_a_server_that_refuses_the_call(gateways, backends, code):
    class Refusing:
        def answers(self, requests, context):
            context.abort(grpc.StatusCode[code], "not you")

    config = gateways.config(backends(Refusing()).address, schema=schema(), routes=ROUTES)
    refused(config, f"backend 'users' does not answer: {code}: not you")


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff", b"", b"\x0a\x05ab"])
def test_garbage_in_the_place_of_a_file(gateways, backends, garbage):
    right = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS}, alone=True)
    broken = Broken(right, by_symbol("shop.v1.Orders", with_files(garbage)))
    gateway = gateways.start(backends(broken).address, schema=schema(), routes=ROUTES)
    serves(gateway)
    assert any("'shop.v1.Orders' is left out" in line for line in gateway.err)


def test_an_import_that_cannot_be_had(gateways, backends):
    right = Reflection(SHOP, alone=True)
    broken = Broken(right, lambda request: refusal(5, "gone")
                    if request.file_by_filename == "shop/v1/money.proto" else None)
    config = gateways.config(backends(broken).address, schema=schema(), routes=ROUTES)
    stderr = refused(config, "the schema has no services")
    assert stderr.count("error:") == 2 * 1


@pytest.mark.parametrize(("answer", "words"), [
    (refusal(12, "no lists"), "does not list its services (UNIMPLEMENTED: no lists)"),
    (with_files(b"x"), "answered the question for its services with something else"),
    (b"", "answered the question for its services with something else"),
    (b"\xff\xff", "answered the question for its services with something else"),
], ids=["refusal", "files", "nothing", "garbage"])
def test_a_wrong_answer_to_the_first_question(gateways, backends, answer, words):
    broken = Broken(Reflection(SHOP), lambda request: answer)
    config = gateways.config(backends(broken).address, schema=schema(), routes=ROUTES)
    refused(config, "backend 'users' was not understood", words)


def test_imports_without_end_are_bounded(gateways, backends):
    right = Reflection(SHOP, alone=True)

    def endless(request):
        if request.HasField("list_services"):
            return None
        number = int(request.file_by_filename or 0)
        return with_files(descriptor_pb2.FileDescriptorProto(
            name=str(number), dependency=[str(number + 1)],
            service=[descriptor_pb2.ServiceDescriptorProto(name="Users")],
            package="shop.v1").SerializeToString())

    backend = backends(Broken(right, endless))
    config = gateways.config(backend.address, schema=schema(), routes=ROUTES)
    done = run([binary("transom"), "check", "--config", str(config)])
    assert done.returncode == 78
    assert ("more than 5000 files" in done.stderr
            or "has not answered within 10" in done.stderr), done.stderr


def test_files_that_are_too_large_are_bounded(gateways, backends):
    right = Reflection(SHOP, alone=True)

    def huge(request):
        if request.HasField("list_services"):
            return None
        number = int(request.file_by_filename or 0)
        return with_files(descriptor_pb2.FileDescriptorProto(
            name=str(number), dependency=[str(number + 1)],
            options=descriptor_pb2.FileOptions(uninterpreted_option=[
                descriptor_pb2.UninterpretedOption(string_value=b"x" * (3 << 20))]),
        ).SerializeToString())

    backend = backends(Broken(right, huge), options=[("grpc.max_send_message_length", -1)])
    config = gateways.config(backend.address, schema=schema(), routes=ROUTES)
    done = run([binary("transom"), "check", "--config", str(config)])
    assert done.returncode == 78
    assert ("more than 64 MiB" in done.stderr
            or "has not answered within 10" in done.stderr), done.stderr


def test_a_call_that_ends_before_its_time(gateways, backends):
    class Short:
        def answers(self, requests, context):
            return iter(())

    config = gateways.config(backends(Short()).address, schema=schema(), routes=ROUTES)
    refused(config, "backend 'users' ended its reflection before it had answered")


# MARK: the cache


def test_the_cache_serves_a_start_without_the_backend(gateways, shop, tmp_path):
    port = free_port()
    cache = tmp_path / "schema.cache"
    keys = {"schema": schema(cache=str(cache)), "routes": ROUTES}
    config = gateways.config(f"127.0.0.1:{port}", **keys)
    refused(config, "'users' cannot be asked", "schema.cache has nothing of it yet")
    assert not cache.exists()

    backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
    done = run([binary("transom"), "check", "--config", str(config)])
    assert done.returncode == 0 and not cache.exists(), "check keeps nothing"
    with Gateway(config) as gateway:
        serves(gateway)
    backend.stop()
    files = descriptor_pb2.FileDescriptorSet.FromString(cache.read_bytes())
    assert {"shop/v1/users.proto", "shop/v1/money.proto"} <= {file.name for file in files.file}
    raw = subprocess.run(["protoc", "--decode_raw"], stdin=cache.open(), capture_output=True,
                         check=True, text=True)
    assert "transom reflection 1" in raw.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["schema.cache"]

    before = cache.stat()
    with Gateway(config) as gateway:
        assert ask(gateway, "/users/7").status == 503
        assert any("'users' cannot be asked" in line and "its schema in schema.cache is used" in line
                   for line in gateway.err)
        # The backend comes, and is asked.
        backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
        assert wait_until(lambda: ask(gateway, "/users/7").status == 200, 10)
        assert wait_until(lambda: backend.asked, 10)
        time.sleep(0.5)
        assert not any("another schema" in line for line in gateway.err)
    backend.stop()
    assert cache.stat().st_mtime_ns == before.st_mtime_ns, "it is written only when it changes"


@pytest.mark.parametrize("content", [b"listen: []\n", b"\x0a\x03\x0a\x01a", b"\xff\xff"])
def test_a_file_that_is_no_cache_is_an_error_and_stays(gateways, backends, shop, tmp_path, content):
    cache = tmp_path / "schema.cache"
    cache.write_bytes(content)
    config = gateways.config(backends(shop).address, schema=schema(cache=str(cache)), routes=ROUTES)
    refused(config, "schema.cache", "what an earlier run has written", "name another file")
    assert cache.read_bytes() == content


def test_an_empty_file_is_no_cache_and_becomes_one(gateways, backends, shop, tmp_path):
    cache = tmp_path / "schema.cache"
    cache.touch()
    gateways.start(backends(shop).address, schema=schema(cache=str(cache)), routes=ROUTES)
    assert wait_until(lambda: cache.stat().st_size > 0)


def test_a_cache_that_cannot_be_written_is_a_warning(gateways, backends, shop, tmp_path):
    keys = schema(cache=str(tmp_path / "none" / "schema.cache"))
    gateway = gateways.start(backends(shop).address, schema=keys, routes=ROUTES)
    serves(gateway)
    assert gateway.wait_for("warning: .*cannot be kept")


# MARK: schemas that change


def test_a_changed_schema_is_picked_up_without_a_failed_request(gateways, backends, tmp_path):
    cache = tmp_path / "schema.cache"
    backend = backends(Reflection(SHOP))
    gateway = gateways.start(backend.address, schema=schema(auto=True, cache=str(cache)),
                             routes=ROUTES)
    assert ask(gateway, "/shop.v1.Orders/Place", "POST", {}).status == 404
    first = cache.read_bytes()
    with Load(gateway, path="/users/1") as load:
        time.sleep(0.5)
        users = USERS.replace("string id = 1;", "string id = 1; string nick = 4;")
        backend.shown = Reflection({**SHOP, "shop/v1/users.proto": users,
                                    "shop/v1/orders.proto": ORDERS})
        gateway.wait_for("backend 'users' reflects another schema", seconds=10)
        gateway.wait_for("reloaded: 3 routes", seconds=10)
        assert ask(gateway, "/users/1", "PUT", {"nick": "n"}).json() == {"id": "1", "nick": "n"}
        assert ask(gateway, "/shop.v1.Orders/Place", "POST", {"id": "1"}).json() == {"id": "1"}
        time.sleep(2.5)
    assert load.total > 100 and set(load.statuses) == {200} and not load.failures
    assert sum("another schema" in line for line in gateway.err) == 1
    assert cache.read_bytes() != first


def test_a_schema_that_routes_do_not_fit_is_not_taken(gateways, backends, shop, tmp_path):
    cache = tmp_path / "schema.cache"
    backend = backends(shop)
    gateway = gateways.start(backend.address, schema=schema(cache=str(cache)), routes=ROUTES)
    first = cache.read_bytes()
    backend.shown = Reflection({**SHOP, "shop/v1/users.proto": USERS.replace("Put", "Store")})
    gateway.wait_for("not reloaded, the configuration before stays", seconds=10)
    serves(gateway)
    time.sleep(3)
    assert sum("not reloaded" in line for line in gateway.err) == 1, "it is told once"
    assert cache.read_bytes() == first
    backend.shown = shop
    gateway.wait_for("transom: reloaded: 2 routes", seconds=10)
    serves(gateway)


def test_a_restart_is_noticed_before_it_is_time(gateways, shop):
    port = free_port()
    backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
    gateway = gateways.start(f"127.0.0.1:{port}", schema=schema(refresh="1h", auto=True), routes=[])
    backend.stop()
    gateway.wait_for("'users' cannot be asked for its schema.*; its last schema stays", seconds=10)
    time.sleep(2)
    assert sum("its last schema stays" in line for line in gateway.err) == 1
    other = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS})
    backend = ReflectingBackend(other, address=f"127.0.0.1:{port}")
    gateway.wait_for("transom: reloaded: 3 routes", seconds=15)
    assert ask(gateway, "/shop.v1.Orders/Place", "POST", {"id": "1"}).json() == {"id": "1"}
    backend.stop()


def test_a_reload_asks_again_and_falls_back_on_what_was_good(gateways, shop):
    port = free_port()
    backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
    gateway = gateways.start(f"127.0.0.1:{port}", schema=schema(refresh="0", auto=True), routes=[])
    backend.shown = Reflection({**SHOP, "shop/v1/orders.proto": ORDERS})
    time.sleep(1.5)
    assert len(backend.asked) == 1, "refresh: 0 asks once"
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_for("transom: reloaded: 3 routes")
    assert len(backend.asked) == 2
    backend.stop()
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_for("warning: .*'users' cannot be asked.*its last schema is used")
    assert wait_until(lambda: sum("reloaded: 3" in line for line in gateway.err) == 2)


def test_reflection_can_be_switched_on_and_off_by_a_reload(gateways, backends, shop, tmp_path):
    backend = backends(shop)
    files = {"descriptor_sets": pinned(tmp_path)}
    config = gateways.config(backend.address, schema=files, routes=ROUTES)
    text = json.loads(config.read_text())
    with Gateway(config) as gateway:
        config.write_text(json.dumps({**text, "schema": schema()}))
        gateway.wait_for("transom: reloaded")
        serves(gateway)
        assert wait_until(lambda: len(backend.asked) >= 3, 10)
        config.write_text(json.dumps({**text, "schema": files}))
        assert wait_until(lambda: sum("transom: reloaded" in line for line in gateway.err) == 2, 10)
        count = len(backend.asked)
        time.sleep(2.5)
        assert len(backend.asked) == count
        serves(gateway)


class Held:
    """Answers when it may."""

    def __init__(self, right):
        self.right = right
        self.may = threading.Event()
        self.may.set()

    def answers(self, requests, context):
        self.may.wait(9)
        yield from self.right.answers(requests, context)


def test_a_reload_does_not_take_the_answer_to_an_earlier_question(gateways, backends):
    held = Held(Reflection({**SHOP, **HEALTH}))
    backend = backends(held)
    backend.reply = b"\x08\x01"
    config = gateways.config(backend.address, schema=schema(), routes=[GET_USER])
    with Gateway(config) as gateway:
        held.may.clear()
        count = len(backend.asked)
        assert wait_until(lambda: len(backend.asked) > count, 10)
        # While the gateway's own question is under way.
        (config.parent / "routes.json").write_text(json.dumps({"routes": [GET_USER, GET_HEALTH]}))
        gateway.process.send_signal(signal.SIGHUP)
        time.sleep(1.5)
        held.may.set()
        gateway.wait_for("transom: (not )?reloaded", seconds=15)
        assert not any("not reloaded" in line for line in gateway.err)
        assert ask(gateway, "/health").json() == {"status": "SERVING"}


def is_up(gateway):
    """What the gauge says."""
    page = wire.ask(gateway.admin_port, "GET", "/metrics").body.decode()
    return re.findall(r'^transom_reflection_up\{backend="(\w+)"\} (\d)$', page, re.MULTILINE)


def test_that_a_backend_reflects_again_is_told(gateways, backends, shop):
    class Refusing:
        def answers(self, requests, context):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "not now")

    backend = backends(shop)
    gateway = gateways.start(backend.address, schema=schema(), routes=ROUTES)
    assert is_up(gateway) == [("users", "1")]
    backend.shown = Refusing()
    gateway.wait_for("backend 'users' does not answer: .*; its last schema stays", seconds=10)
    assert is_up(gateway) == [("users", "0")]
    backend.shown = shop
    gateway.wait_for("transom: backend 'users' reflects again", seconds=10)
    assert is_up(gateway) == [("users", "1")]
    time.sleep(2.5)
    assert sum("reflects again" in line for line in gateway.err) == 1
    assert not any("another schema" in line or "reloaded" in line for line in gateway.err)


def test_a_backend_that_was_known_from_the_cache_reflects_again(gateways, shop, tmp_path):
    port = free_port()
    config = gateways.config(f"127.0.0.1:{port}", routes=ROUTES,
                             schema=schema(cache=str(tmp_path / "schema.cache")))
    backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
    with Gateway(config) as gateway:
        assert is_up(gateway) == [("users", "1")]
    backend.stop()
    with Gateway(config) as gateway:
        assert is_up(gateway) == [("users", "0")]
        backend = ReflectingBackend(shop, address=f"127.0.0.1:{port}")
        gateway.wait_for("transom: backend 'users' reflects again", seconds=15)
    backend.stop()


def test_a_service_that_comes_without_its_files_is_warned_of(gateways, backends):
    backend = backends(Reflection(SHOP, alone=True))
    gateway = gateways.start(backend.address, schema=schema(), routes=ROUTES)
    backend.shown = Reflection(SHOP, alone=True, services=["shop.v1.Orders", "shop.v1.Users"])
    gateway.wait_for("warning: .*'users' reflects its schema in part: "
                     "the service 'shop.v1.Orders' is left out: NOT_FOUND", seconds=10)
    time.sleep(2.5)
    assert sum("is left out" in line for line in gateway.err) == 1, "it is told once"
    assert not any("reloaded" in line for line in gateway.err)


def test_the_gauge_has_backends_that_are_asked(gateways, backends, shop, tmp_path):
    backend = backends(shop)
    files = {"descriptor_sets": pinned(tmp_path)}
    config = gateways.config(backend.address, schema=files, routes=ROUTES)
    text = json.loads(config.read_text())
    with Gateway(config) as gateway:
        assert is_up(gateway) == []
        config.write_text(json.dumps({**text, "schema": schema()}))
        assert wait_until(lambda: is_up(gateway) == [("users", "1")], 10)
        config.write_text(json.dumps({**text, "schema": files}))
        assert wait_until(lambda: is_up(gateway) == [], 10)


def test_a_backend_can_end_gracefully_while_it_is_watched(gateways, shop):
    """No call stays open that a server would wait for."""
    backend = ReflectingBackend(shop)
    gateway = gateways.start(backend.address, schema=schema(), routes=ROUTES)
    serves(gateway)
    _, seconds = wire.timed(lambda: backend.server.stop(10).wait(12))
    assert seconds < 5
