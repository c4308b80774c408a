"""The command `transom`: exit codes, helps, and errors that say where and what to do."""
import json
import os
import socket

import pytest

from gateways import SERVICE, USER_ROUTES, write
from processes import ROOT, Gateway, binary, free_port, run
from wire import ask

SUBCOMMANDS = ["serve", "check", "routes", "explain", "health"]


def transom(*arguments, env=None, **options):
    return run([binary("transom"), *map(str, arguments)], env={**os.environ, **(env or {})},
               **options)


@pytest.fixture
def good(tmp_path, descriptors):
    """A configuration that can be served."""
    return write(tmp_path, "127.0.0.1:1", descriptors)


@pytest.fixture
def files(tmp_path):
    """Writes files of these names and texts; the path of the first."""
    def write_all(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / name.replace("__", ".")
            path.write_text(text)
            paths.append(path)
        return paths[0]
    return write_all


BASE = f"""\
listen:
  - address: 127.0.0.1:0
schema:
  protos: [{ROOT}/protos]
routes: [routes.yaml]
backends:
  users: {{ address: "127.0.0.1:1" }}
defaults: {{ backend: users }}
"""
ROUTES = """\
routes:
  - route: GET /v1/users/{user_id}
    rpc: user.v1.UserService/GetUser
"""


# Command line


def test_a_version_and_a_help(good):
    version = transom("--version")
    assert version.returncode == 0 and version.stdout.strip()
    helped = transom("--help")
    assert helped.returncode == 0
    assert all(name in helped.stdout for name in SUBCOMMANDS)


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_every_help_shows_an_example(subcommand):
    done = transom(subcommand, "--help")
    assert done.returncode == 0
    assert "EXAMPLE" in done.stdout and f"  transom {subcommand}" in done.stdout


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["serve"], ["check", "--nonsense"], ["explain", "--config", "x", "GET"],
    ["routes", "--config"], ["serve", "--config", "x", "extra"], ["health", "--address", "x"]])
def test_a_wrong_command_line_is_exit_64(arguments):
    done = transom(*arguments)
    assert done.returncode == 64
    assert done.stderr and not done.stdout


# Good configurations


def test_check_accepts_the_sample():
    done = transom("check", "--config", ROOT / "docker" / "transom.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "9 routes" in done.stdout


def test_check_tells_the_methods_without_a_route(good):
    config = good
    done = transom("check", "--unrouted", "--config", config)
    assert done.returncode == 0
    assert "warning: 'user.v1.UserService/ListUsers' has no route" in done.stderr
    assert "GetUser" not in done.stderr
    assert transom("check", "--unrouted", "--strict", "--config", config).returncode == 78


def test_check_reads_json(good):
    assert transom("check", "--config", good).returncode == 0


def test_routes_prints_the_table(good):
    done = transom("routes", "--config", good)
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["GET", "/v1/users/{user_id}", f"{SERVICE}/GetUser", "users", "unary", "15s"] in rows
    assert len(rows) == 1 + len(USER_ROUTES)


def test_a_descriptor_set_needs_no_protoc(good):
    done = transom("check", "--config", good, env={"PROTOC": "/nonexistent", "PATH": "/nowhere"})
    assert (done.returncode, done.stderr) == (0, "")


def test_environment_variables_are_replaced(files):
    config = files(config__yaml=BASE.replace('"127.0.0.1:1"', '"${BACK:-127.0.0.1:1}"'),
                   routes__yaml=ROUTES)
    assert transom("check", "--config", config).returncode == 0
    assert transom("check", "--config", config, env={"BACK": "not an address"}).returncode == 78


def test_an_unset_variable_is_an_error(files):
    config = files(config__yaml=BASE.replace('"127.0.0.1:1"', '"${TRANSOM_NO_SUCH_THING}"'),
                   routes__yaml=ROUTES)
    done = transom("check", "--config", config)
    assert done.returncode == 78 and "TRANSOM_NO_SUCH_THING" in done.stderr


def test_a_service_config_is_read_unchanged(files):
    config = files(
        config__yaml=BASE.replace("routes.yaml", "service.yaml"),
        service__yaml="""\
type: google.api.Service
config_version: 3
name: users.example.com
http:
  rules:
    - selector: user.v1.UserService.GetUser
      get: /v2/users/{user_id}
      additional_bindings:
        - get: /v2/people/{user_id}
    - selector: user.v1.UserService.CreateUser
      post: /v2/users
      body: "*"
""")
    done = transom("routes", "--config", config)
    assert done.returncode == 0, done.stderr
    assert all(path in done.stdout for path in ("/v2/users/{user_id}", "/v2/people/{user_id}"))


# Wrong configurations


def refused(config, *wanted, command="check"):
    """The configuration is exit 78, and one line of the errors has all the words of each item."""
    done = transom(command, "--config", config)
    assert done.returncode == 78, (done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    for words in wanted:
        words = [words] if isinstance(words, str) else words
        assert any(all(word in line for word in words) for line in lines), (words, done.stderr)
    return done.stderr


WRONG = {
    "a mistyped key": ("listen:", "lisen:", ["config.yaml:1:", "'lisen'", "'listen'"]),
    "a mistyped key below": ("address: \"127", "adress: \"127",
                             ["config.yaml:7:", "'adress'", "'address'"]),
    "a number without a unit": ("backend: users }", "backend: users, deadline: 5 }",
                                ["config.yaml:8:", "deadline", "duration"]),
    "an odd size": ("defaults:", "limits: { body: 4Mb }\ndefaults:",
                    ["config.yaml:8:", "limits.body", "4MiB"]),
    "an unknown backend": ("backend: users }", "backend: user }",
                           ["config.yaml:8:", "'user'", "users"]),
    "a backend address": ('"127.0.0.1:1"', '"http://x"', ["config.yaml:7:", "address"]),
    "a folder that is not there": ("/protos]", "/protas]", ["config.yaml:4:", "protas"]),
    "a route file that is not there": ("routes.yaml", "rutes.yaml",
                                       ["config.yaml:5:", "rutes.yaml"]),
    "a key twice": ("defaults:", "loops: 1\nloops: 2\ndefaults:", ["config.yaml:9:", "loops"]),
    "broken YAML": ("listen:\n", "listen: [\n", ["config.yaml:"]),
    "reflection of an unknown backend": ("/protos]", "/protos]\n  reflection: [usres]",
                                         ["config.yaml:5:", "schema.reflection", "usres"]),
    "a deadline over the cap": ("backend: users }", "backend: users, deadline: 90s }",
                                ["config.yaml:8:", "deadline"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_error_names_file_line_key_and_what_is_near(files, name):
    old, new, words = WRONG[name]
    assert BASE.count(old) >= 1
    refused(files(config__yaml=BASE.replace(old, new, 1), routes__yaml=ROUTES), words)


@pytest.mark.parametrize(("old", "new", "words"), [
    ("UserService/GetUser", "UserService/GetUsr",
     ["routes.yaml:3:", "GetUsr", "user.v1.UserService/GetUser"]),
    ("user.v1.UserService", "user.v1.UsrService",
     ["routes.yaml:3:", "user.v1.UserService/GetUser"]),
    ("{user_id}", "{user_idd}", ["routes.yaml:2:", "'user_idd'", "'user_id'"]),
    ("{user_id}", "{user_id", ["routes.yaml:2:", "column", "'}'"]),
    ("{user_id}", "{user_id.x}", ["routes.yaml:2:", "user_id"]),
    ("GET /v1", "GET v1", ["routes.yaml:2:"]),
    ("rpc:", "rcp:", ["routes.yaml:3:", "'rcp'", "'rpc'"]),
    ("GetUser\n", "GetUser\n    body: usr\n", ["routes.yaml:4:", "usr"]),
    ("GetUser\n", "GetUser\n    deadline: 5\n", ["routes.yaml:4:", "duration"]),
    ("GetUser\n", "GetUser\n    backend: nobody\n", ["routes.yaml:4:", "nobody"]),
    ("GetUser\n", "GetUser\n    success: { headers: { location: \"/{idd}\" } }\n",
     ["routes.yaml:4:", "idd", "'id'"]),
    ("GetUser\n", "ListUsers\n", ["routes.yaml:"]),
])
def test_a_wrong_route_is_named(files, old, new, words):
    config = files(config__yaml=BASE, routes__yaml=ROUTES.replace(old, new, 1))
    refused(config, words)
    refused(config, words, command="serve")


def test_two_routes_of_equal_shape_name_both_places(files):
    text = refused(files(config__yaml=BASE, routes__yaml=ROUTES + """\
  - route: GET /v1/users/{user_id=*}
    rpc: user.v1.UserService/GetUser
"""))
    assert "routes.yaml:2:" in text and "routes.yaml:4:" in text


def test_all_errors_of_a_file_come_at_once(files):
    text = BASE.replace("listen:", "lisen: 1\nlisten:").replace(
        "defaults: {", "limits: { head: 5, heads: 6KiB }\nloops: many\n"
        "defaults: { deadline: soon, ")
    refused(files(config__yaml=text, routes__yaml=ROUTES), "'lisen'", "limits.head:", "'heads'",
            "loops", "defaults.deadline")


def test_errors_of_all_kinds_come_at_once(files):
    """A mistyped key in one file hides neither a wrong route in another nor an unknown backend."""
    refused(files(
        config__yaml=BASE.replace("defaults:", "lops: 2\ndefaults:"),
        routes__yaml=ROUTES + """\
    bdy: "*"
  - route: GET /v1/a/{user_id}
    rpc: user.v1.UserService/GetUsr
  - route: GET /v1/b/{nobody}
    rpc: user.v1.UserService/GetUser
    backend: elsewhere
"""), "'lops'", "'bdy'", "GetUsr", "nobody", "elsewhere")


@pytest.mark.parametrize("env", [{"PROTOC": "/nonexistent"}, {"PROTOC": "", "PATH": "/nowhere"}])
def test_a_missing_protoc_says_what_to_do(env):
    done = transom("check", "--config", ROOT / "docker" / "transom.yaml", env=env)
    assert done.returncode == 78
    assert "PROTOC" in done.stderr and "protobuf-compiler" in done.stderr
    assert "descriptor_sets" in done.stderr


@pytest.mark.parametrize(("text", "words"), [
    ('syntax = "proto3";\nimport "acme/missing.proto";\n',
     ["bad.proto:2", "acme/missing.proto"]),
    ('syntax = "proto3";\npackage a;\nmessage M { Unknown x = 1; }\n', ["bad.proto:3", "Unknown"]),
    ('syntax = "proto3";\nmessage {\n', ["bad.proto:2"]),
])
def test_a_wrong_proto_file_is_named(files, tmp_path, text, words):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "bad.proto").write_text(text)
    config = BASE.replace(f"{ROOT}/protos", f"{ROOT}/protos, {tmp_path}/mine")
    refused(files(config__yaml=config, routes__yaml=ROUTES), words)


def test_google_protos_need_not_be_on_the_import_path(files, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.proto").write_text("""\
syntax = "proto3";
package a;
import "google/api/annotations.proto";
import "google/rpc/status.proto";
import "google/protobuf/empty.proto";
message M { google.rpc.Status status = 1; string name = 2; }
service S {
  rpc Get(M) returns (google.protobuf.Empty) { option (google.api.http) = { get: "/a/{name}" }; }
}
""")
    config = BASE.replace(f"protos: [{ROOT}/protos]",
                          f"{{ protos: [{tmp_path}/mine], annotations: true }}").replace(
        "schema:\n  {", "schema: {").replace("routes: [routes.yaml]\n", "")
    done = transom("routes", "--config", files(config__yaml=config))
    assert done.returncode == 0, done.stderr
    assert "/a/{name}" in done.stdout and "a.S/Get" in done.stdout


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x0a\x05abc"])
def test_a_broken_descriptor_set_is_an_error(files, tmp_path, content):
    (tmp_path / "set.pb").write_bytes(content)
    config = BASE.replace(f"protos: [{ROOT}/protos]", "descriptor_sets: [set.pb]")
    refused(files(config__yaml=config, routes__yaml=ROUTES))


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"- a\n- b\n", b"\xff\xfe", b"a: &a [*a]\n",
                                     b"[" * 100_000, b"x: " + b"{" * 50_000])
def test_a_file_that_is_no_configuration_is_an_error(tmp_path, content):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    assert transom("check", "--config", path).returncode == 78


def test_a_missing_file_is_an_error(tmp_path):
    done = transom("serve", "--config", tmp_path / "none.yaml")
    assert done.returncode == 78 and "none.yaml" in done.stderr


UNREACHABLE = ROUTES + """\
  - route: GET /v1/deep/{user_id=**}
    rpc: user.v1.UserService/GetUser
  - route: GET /v1/deep
    rpc: user.v1.UserService/GetUser
  - route: GET /v1/deep/*/**
    rpc: user.v1.UserService/GetUser
"""


def test_a_warning_is_exit_0_and_with_strict_78(files):
    config = files(config__yaml=BASE, routes__yaml=UNREACHABLE)
    done = transom("check", "--config", config)
    assert done.returncode == 0, done.stderr
    assert "warning" in done.stderr and "routes.yaml:4:" in done.stderr
    count = done.stderr.count("warning: ")
    strict = transom("check", "--strict", "--config", config)
    assert strict.returncode == 78
    last = (f"{count} warnings, which --strict takes for errors" if count > 1 else
            "1 warning, which --strict takes for an error")
    assert strict.stderr == f"{done.stderr}{last}\n"


@pytest.mark.parametrize("keys", ["auto: [user.v1.UserServic]",
                                  "auto: true\n  services: [user.v1.UserServic]"])
def test_a_pattern_that_leaves_no_route_is_named(files, keys):
    config = BASE.replace("routes: [routes.yaml]\n", "").replace(
        "/protos]", f"/protos]\n  {keys}")
    refused(files(config__yaml=config), "at least one route",
            ["warning", "'user.v1.UserServic'", "did you mean 'user.v1.UserService'?"])


def test_what_a_grpc_service_config_says_in_vain_is_a_warning(files, tmp_path):
    (tmp_path / "grpc.json").write_text("""\
{
  "loadBalancingPolicy": "round_robin",
  "methodConfg": [],
  "methodConfig": [{ "name": [{ "service": "user.v1.UserServic" }], "timeout": "1s" }]
}
""")
    config = BASE.replace('"127.0.0.1:1"', '"127.0.0.1:1", service_config: grpc.json').replace(
        "defaults:", "metadata: { client_certificate: true }\ndefaults:")
    done = transom("check", "--config", files(config__yaml=config, routes__yaml=ROUTES))
    assert done.returncode == 0
    for words in [["grpc.json:2:3:", "no effect", "balancing"],
                  ["grpc.json:3:3:", "'methodConfg'", "'methodConfig'"],
                  ["grpc.json:4:31:", "'user.v1.UserServic'", "'user.v1.UserService'"],
                  ["config.yaml:8:", "metadata.client_certificate", "client_ca"]]:
        assert any(all(word in line for word in ["warning: ", *words])
                   for line in done.stderr.splitlines()), (words, done.stderr)


# Explain


def explain(config, *arguments):
    return transom("explain", "--config", config, *arguments)


def test_explain_shows_route_bindings_message_and_metadata(good):
    done = explain(good, "PATCH", "/v1/users/42?update_mask=name", "--data", '{"name": "Ada"}',
                   "-H", "authorization: Bearer x", "-H", "cookie: a=b")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "PATCH /v1/users/{user.id}" in text and f"{SERVICE}/UpdateUser" in text
    message = json.loads(text[text.index("{\n"):text.rindex("}\n") + 1])
    assert message == {"user": {"id": "42", "name": "Ada"}, "updateMask": "name"}
    assert "authorization: Bearer x" in text and "cookie" not in text
    assert "15000ms" in text or "15s" in text


@pytest.mark.parametrize(("arguments", "words"), [
    (["GET", "/nowhere"], ["404", "NOT_FOUND"]),
    (["PUT", "/v1/users/1"], ["405", "GET"]),
    (["GET", "/v1/users/1?nope=1"], ["400", "nope"]),
    (["POST", "/v1/users", "--data", '{"nam": "x"}'], ["400", "nam", "name"]),
    (["POST", "/v1/users", "--data", "{"], ["400", "line 1"]),
    (["GET", "/v1/users/%zz"], ["400"]),
    (["GET", "/v1/users/1", "-H", "grpc-timeout: x"], ["400", "timeout"]),
    (["GET", "/v1/users/1", "-H", "bad header"], ["400"]),
])
def test_explain_says_why_a_request_would_be_refused(good, arguments, words):
    done = explain(good, *arguments)
    assert done.returncode == 1
    assert all(word in done.stdout for word in ["refused", *words]), done.stdout


def test_explain_knows_that_options_is_answered(good):
    done = explain(good, "OPTIONS", "/v1/users")
    assert done.returncode == 0
    assert "204" in done.stdout and "POST" in done.stdout and "refused" not in done.stdout


# Serve and health


def test_serve_reports_errors_and_binds_nothing(files):
    port = free_port()
    text = BASE.replace("127.0.0.1:0", f"127.0.0.1:{port}")
    text = text.replace("defaults:", "lops: 2\ndefaults:")
    stderr = refused(files(config__yaml=text, routes__yaml=ROUTES), "'lops'", command="serve")
    assert "listening" not in stderr


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("key", ["listen", "admin"])
def test_a_port_in_use_is_a_clear_error(tmp_path, descriptors, key, loops):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        changes = {"listen": [{"address": address}]} if key == "listen" else {
            "admin": {"address": address}}
        config = write(tmp_path, "127.0.0.1:1", descriptors, loops=loops, **changes)
        done = transom("serve", "--config", config)
    assert done.returncode == 78
    assert address in done.stderr and "in use" in done.stderr.lower()
    assert "Fatal" not in done.stderr and "errno" not in done.stderr


def test_a_second_gateway_on_the_same_port_is_refused(tmp_path, descriptors):
    first_config = write(tmp_path / "1", "127.0.0.1:1", descriptors, loops=2)
    with Gateway(first_config) as first:
        config = write(tmp_path / "2", "127.0.0.1:1", descriptors, loops=2,
                       listen=[{"address": f"127.0.0.1:{first.port}"}])
        assert transom("serve", "--config", config).returncode == 78
        assert ask(first.port, "GET", "/nowhere").status == 404


def test_health_is_0_for_a_ready_gateway_and_1_for_none(good):
    with Gateway(good) as gateway:
        done = transom("health", "--address", f"127.0.0.1:{gateway.admin_port}")
        assert (done.returncode, done.stdout.strip()) == (0, "ready")
    done = transom("health", "--address", f"127.0.0.1:{gateway.admin_port}")
    assert done.returncode == 1
    assert done.stdout.strip() == (
        f"cannot ask 127.0.0.1:{gateway.admin_port}: connection refused")


def test_health_does_not_wait_for_ever():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert transom("health", "--address", "127.0.0.1:%d" % silent.getsockname()[1],
                       seconds=10).returncode == 1


def test_several_listeners_and_admin_off(tmp_path, descriptors):
    config = write(tmp_path, "127.0.0.1:1", descriptors,
                   listen=[{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}])
    with Gateway(config) as gateway:
        ports = {int(line.rpartition(":")[2]) for line in gateway.err if "listening on" in line}
        assert len(ports) == 2
        assert {ask(port, "GET", "/nowhere").status for port in ports} == {404}


@pytest.mark.parametrize(("data", "fields", "code", "messages"), [
    ('[{"name": "a"}, {"name": "b"}]', [], 0, 2),
    ('{"name": "a"}\n{"name": "b"}\n', ["-H", "content-type: application/x-ndjson"], 0, 2),
    ("[]", [], 0, 0),
    ('{"name": "a"}', [], 1, 0),
    ('[{"name": "a"}, {"nam": "b"}]', [], 1, 1),
])
def test_explain_shows_each_message_of_a_client_stream(data, fields, code, messages):
    config = ROOT / "docker" / "transom.yaml"
    done = transom("explain", "--config", config, "--data", data, *fields, "POST",
                   "/v1/users:import")
    assert done.returncode == code, done.stdout
    assert done.stdout.count("message    user.v1.CreateUserRequest") == messages
    assert "kind       client stream" in done.stdout
