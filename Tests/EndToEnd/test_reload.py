"""Another configuration for a gateway that runs: swapped in whole, or not at all."""
import json
import os
import pathlib
import shutil
import signal
import socket
import threading
import time

import pytest

from backends import RawBackend, wait_until
from certificates import Authority
from gateways import USER_ROUTES, write
from load import Load
from processes import ROOT, DemoBackend, Gateway, free_port
from scripted import ScriptedBackend
from secure_backends import SecureBackend
from secure_wire import SecureWire, context
from streaming import resident
from test_observability import metrics
from wire import Wire, ask, request

GET = {"route": "GET /v1/users/{user_id}", "rpc": "user.v1.UserService/GetUser"}
MOVED = {"route": "GET /v2/users/{user_id}", "rpc": "user.v1.UserService/GetUser"}
SUCCESS = 'transom_config_reloads_total{result="success"}'
FAILURE = 'transom_config_reloads_total{result="failure"}'
LAST = "transom_config_last_reload_successful"


class Reloaded(Gateway):
    """A gateway whose configuration changes."""

    def __init__(self, folder, backend, descriptors, **changes):
        self.folder, self.backend, self.descriptors = folder, backend, descriptors
        super().__init__(self.write(**changes))
        self.first = changes

    def write(self, backend=None, **changes):
        return write(self.folder, backend or self.backend, self.descriptors, **changes)

    def hang_up(self):
        """SIGHUP, and wait for what comes of it."""
        said = len(self.err)
        self.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: any("reloaded" in line for line in self.err[said:]),
                          15), self.text()
        return "\n".join(self.err[said:])

    def change(self, **changes):
        """Other files and a SIGHUP that succeeds."""
        self.write(**changes)
        said = self.hang_up()
        assert "transom: reloaded: " in said, said

    def refuses(self, **changes):
        self.write(**changes)
        said = self.hang_up()
        assert "transom: not reloaded, the configuration before stays: " in said, said
        return said


@pytest.fixture
def start(tmp_path, descriptors):
    made = []

    def make(backend, **changes):
        made.append(Reloaded(tmp_path / "config", backend, descriptors, **changes))
        return made[-1]

    yield make
    for gateway in made:
        assert gateway.stop() == 0, gateway.text()


def status(gateway, path, **keys):
    return ask(gateway.port, "GET", path, **keys).status


def test_routes_come_and_go(start, backend):
    gateway = start(backend.address, routes=[GET])
    with Wire(gateway.port) as wire:
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
        assert wire.send(request("GET", "/v2/users/1")).answer().status == 404
        before = metrics(gateway)
        gateway.change(routes=[MOVED])
        # The client's connection is the same one.
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 404
        assert wire.send(request("GET", "/v2/users/1")).answer().status == 200
    listed = json.loads(ask(gateway.admin_port, "GET", "/routes").body)
    assert [route["path"] for route in listed] == ["/v2/users/{user_id}"]
    after = metrics(gateway)
    series = ('http_server_request_duration_seconds_count{http_route="/v1/users/{user_id}",'
              'http_request_method="GET",http_response_status_code="200"}')
    assert before[series] == after[series] == 1, "a reload sets no counter back"
    assert (before[SUCCESS], after[SUCCESS], after[FAILURE], after[LAST]) == (0, 1, 0, 1)


def test_a_changed_file_is_noticed(start, backend):
    gateway = start(backend.address, routes=[GET])
    gateway.write(routes=[MOVED])
    assert wait_until(lambda: status(gateway, "/v2/users/1") == 200, 10)


def test_a_new_file_in_a_folder_is_noticed(start, backend, tmp_path):
    folder = tmp_path / "routes"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps({"routes": [GET]}))
    gateway = start(backend.address, routes_from=str(folder))
    (folder / "b.json").write_text(json.dumps({"routes": [MOVED]}))
    assert wait_until(lambda: status(gateway, "/v2/users/1") == 200, 10)
    (folder / "a.json").unlink()
    assert wait_until(lambda: status(gateway, "/v1/users/1") == 404, 10)


def test_a_config_map_that_is_swapped_by_a_link_is_noticed(start, backend, tmp_path):
    """Kubernetes changes one link of a folder above, and no file."""
    maps = tmp_path / "maps"
    for name, route in (("1", GET), ("2", MOVED)):
        (maps / name).mkdir(parents=True)
        (maps / name / "routes.json").write_text(json.dumps({"routes": [route]}))
    (maps / "data").symlink_to("1")
    (maps / "routes.json").symlink_to("data/routes.json")
    gateway = start(backend.address, routes_from=str(maps / "routes.json"))
    assert status(gateway, "/v1/users/1") == 200
    (maps / "next").symlink_to("2")
    os.replace(maps / "next", maps / "data")
    assert wait_until(lambda: status(gateway, "/v2/users/1") == 200, 10)


def test_an_error_changes_nothing_and_is_told(start, backend):
    gateway = start(backend.address, routes=[GET])
    said = gateway.refuses(routes=[{**GET, "rpc": "user.v1.UserService/GetUsr"}])
    assert "routes.json" in said and "GetUsr" in said and "GetUser" in said
    assert "1 error in the configuration" in said
    assert status(gateway, "/v1/users/1") == 200
    assert ask(gateway.admin_port, "GET", "/readyz").status == 200
    told = metrics(gateway)
    assert (told[SUCCESS], told[FAILURE], told[LAST]) == (0, 1, 0)
    (gateway.folder / "transom.yaml").unlink()
    assert "transom.yaml" in gateway.hang_up()
    gateway.change(routes=[MOVED])
    assert status(gateway, "/v2/users/1") == 200
    assert metrics(gateway)[LAST] == 1


@pytest.mark.parametrize("key, change", [
    ("listen", {"listen": [{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}]}),
    ("admin", {"admin": False}),
    ("loops", {"loops": 2}),
])
def test_what_needs_a_restart_is_refused(start, backend, key, change):
    gateway = start(backend.address, routes=[GET])
    said = gateway.refuses(routes=[MOVED], **change)
    assert f"'{key}' has changed, which needs a restart" in said
    assert status(gateway, "/v1/users/1") == 200 and status(gateway, "/v2/users/1") == 404


def test_a_request_ends_on_the_configuration_it_began_with(start, messages):
    old, new = RawBackend(), RawBackend()
    user = messages["user.v1.User"](created_at=1).SerializeToString()
    old.reply = new.reply = user
    gateway = start(old.address, routes=[GET])
    with Wire(gateway.port) as slow:
        slow.send(request("GET", "/v1/users/1", fields={"x-sleep": "1"}))
        assert wait_until(lambda: old.calls)
        gateway.change(backend=new.address, routes=[{**GET, "json": {"names": "original"}}])
        assert ask(gateway.port, "GET", "/v1/users/1").json() == {"created_at": "1"}
        assert slow.answer().json() == {"createdAt": "1"}
    assert len(old.calls) == len(new.calls) == 1
    assert wait_until(lambda: metrics(gateway)["http_server_active_requests"] == 0)
    # Nobody has a call at the old one any more, and its connection is closed.
    assert wait_until(lambda: metrics(gateway)['transom_backend_connections{backend="users"}'] == 1)
    old.stop()
    new.stop()


def test_a_request_whose_body_is_still_to_come_calls_the_backend_of_its_time(start):
    old, new = RawBackend(), RawBackend()
    gateway = start(old.address)
    with Wire(gateway.port) as wire:
        whole = request("POST", "/v1/users", body=b'{"name":"Ada"}')
        wire.send(whole[:-3])
        assert wait_until(lambda: metrics(gateway)["http_server_active_requests"] == 1)
        gateway.change(backend=new.address)
        wire.send(whole[-3:])
        assert wire.answer().status == 200
    assert (len(old.calls), len(new.calls)) == (1, 0)
    old.stop()
    new.stop()


def test_connections_to_a_backend_that_is_as_before_are_kept(start):
    with ScriptedBackend(lambda call: call.answer(0, b"\x0a\x011")) as backend:
        gateway = start(backend.address, routes=[GET])
        assert status(gateway, "/v1/users/1") == 200
        gateway.change(routes=[GET, MOVED])
        assert status(gateway, "/v2/users/1") == 200
        assert backend.accepted == 1
        gateway.change(backend={"address": backend.address, "connections": 2},
                       routes=[GET])
        assert status(gateway, "/v1/users/1") == 200
        assert backend.accepted == 2


def test_limits_and_the_log_follow(start, backend):
    gateway = start(backend.address, limits={"body": "1KiB"})
    body = b'{"name":"' + b"a" * 2000 + b'"}'
    assert ask(gateway.port, "POST", "/v1/users", body=body).status == 413
    gateway.change(limits={"body": "1MiB", "target": "100B"}, access_log="off")
    lines = len(gateway.out)
    assert ask(gateway.port, "POST", "/v1/users", body=body).status != 413
    assert ask(gateway.port, "GET", "/v1/users/" + "1" * 200).status == 414
    gateway.change(access_log="json")
    assert status(gateway, "/v1/users/2") == 200
    assert wait_until(lambda: any("/v1/users/2" in line for line in gateway.out[lines:]))
    assert not any('"status":414' in line for line in gateway.out[lines:])


def test_the_time_of_a_handshake_follows(start, backend, tmp_path):
    local = Authority(tmp_path / "authority").issue("local")
    listen = [{"address": "127.0.0.1:0", "tls": local.keys}]
    gateway = start(backend.address, listen=listen, timeouts={"head": "1s"})
    gateway.change(listen=listen, timeouts={"head": "20s"})
    with Wire(gateway.port) as silent:
        assert not silent.is_closed_within(3)
    gateway.change(listen=listen, timeouts={"head": "1s"})
    with Wire(gateway.port) as silent:
        assert silent.is_closed_within(5)


# A compiler that takes its time when it is asked a second time.
SLOW = """#!/bin/sh
if test -e {folder}/asked
then
    ls -l /proc/$$/fd > {folder}/descriptors
    echo $$ > {folder}/process
    sleep 60
fi
touch {folder}/asked
exec {protoc} "$@"
"""


def test_protoc_has_no_socket_and_ends_with_the_gateway(backend, descriptors, tmp_path):
    slow = tmp_path / "protoc"
    slow.write_text(SLOW.format(folder=tmp_path, protoc=shutil.which("protoc")))
    slow.chmod(0o755)
    config = write(tmp_path / "config", backend.address, descriptors, routes=[GET],
                   schema={"protos": [str(ROOT / "protos")]})
    with (Gateway(config, env={"PROTOC": str(slow)}) as gateway, Wire(gateway.port) as wire):
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
        gateway.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: (tmp_path / "process").exists()
                          and (tmp_path / "process").read_text().strip(), 10)
        assert "socket:" not in (tmp_path / "descriptors").read_text()
        child = int((tmp_path / "process").read_text())
        started = time.monotonic()
        assert gateway.stop() == 0, gateway.text()
        assert time.monotonic() - started < 10
    assert not pathlib.Path(f"/proc/{child}").exists()
    assert "error" not in gateway.text()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", gateway.port))
        again.listen()


def test_readiness_follows_the_backends_that_are_required(start, backend):
    gateway = start(backend.address, routes=[GET])
    both = {"users": {"address": backend.address},
            "dead": {"address": f"127.0.0.1:{free_port()}", "required": True}}
    gateway.change(routes=[GET], backends=both)
    assert wait_until(lambda: ask(gateway.admin_port, "GET", "/readyz").status == 503)
    assert b"unavailable: dead" in ask(gateway.admin_port, "GET", "/readyz").body
    gateway.change(routes=[GET])
    assert ask(gateway.admin_port, "GET", "/readyz").status == 200


def told(load, what):
    print(f"\n{what}: {load.total} GETs, {dict(load.statuses)}, "
          f"slowest {load.slowest * 1000:.0f} ms")
    assert not load.failures, load.failures[:3]
    assert set(load.statuses) == {200} and load.total > 100


def test_a_hundred_reloads_under_load_fail_no_request(start):
    with DemoBackend() as one, DemoBackend() as other:
        addresses = [one.address, other.address]
        gateway = start(one.address, routes=USER_ROUTES)
        with Load(gateway, path="/v1/users/42") as load:
            assert wait_until(lambda: load.total > 100)
            for count in range(100):
                gateway.change(backend=addresses[count // 2 % 2],
                               routes=USER_ROUTES[:1 + count % 3])
                if count == 20:
                    grown = resident(gateway.process.pid)
            grown = resident(gateway.process.pid) - grown
        told(load, f"100 reloads, 50 of them to another backend, {grown} KiB grown after 20")
        assert grown < 8 << 10
        assert metrics(gateway)[SUCCESS] == 100


def test_certificates_change_under_load(start, tmp_path, descriptors):
    """The listener's, the gateway's own and the backends' root, ten times, and no request fails."""
    authority = Authority(tmp_path / "authority")
    folder = tmp_path / "live"
    folder.mkdir()
    root = pathlib.Path(authority.root).read_bytes()

    def renew(name):
        issued = authority.issue(name)
        for source, target in ((issued.certificate, "own.pem"), (issued.key, "own.key")):
            shutil.copy(source, folder / (target + ".new"))
            os.replace(folder / (target + ".new"), folder / target)
        # The same root, in other bytes.
        (folder / "root.new").write_bytes(f"# {name}\n".encode() + root)
        os.replace(folder / "root.new", folder / "root.pem")

    renew("first")
    backend = SecureBackend(authority.issue("backend"), clients=authority.root)
    own = {"certificate": str(folder / "own.pem"), "key": str(folder / "own.key")}
    gateway = start({"address": backend.address, "tls": {"ca": str(folder / "root.pem"), **own}},
                    routes=[GET], loops=2,
                    listen=[{"address": "127.0.0.1:0", "tls": own}, {"address": "127.0.0.1:0"}])
    statuses, failures, over = {}, [], threading.Event()

    def ask_again():
        """On connections of one handshake for every ten requests."""
        trusting = context(authority.root)
        while not over.is_set():
            try:
                with SecureWire(gateway.port, trusting) as wire:
                    for _ in range(10):
                        status = wire.send(request("GET", "/v1/users/1")).answer().status
                        statuses[status] = statuses.get(status, 0) + 1
            except OSError as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=ask_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for count in range(10):
        renew(f"renewed-{count}")
        said = gateway.hang_up()
        assert "transom: reloaded: " in said, said
        time.sleep(0.1)
    over.set()
    for thread in threads:
        thread.join(20)
    print(f"\ncertificates changed ten times under load: {statuses}")
    assert not failures, failures[:3]
    assert set(statuses) == {200} and statuses[200] > 100
    assert len({subject for subject in backend.subjects if subject}) > 5, "of its own certificates"
    backend.stop()


def test_a_stream_that_lives_on_keeps_no_memory_of_other_requests(start, tmp_path):
    """A burst leaves its runners' buffers, and each reload lets go of them."""
    with DemoBackend() as backend:
        chat = {"route": "POST /v1/chat", "rpc": "user.v1.UserService/ChatStream", "body": "*"}
        gateway = start(backend.address, routes=[*USER_ROUTES, chat])
        body = b'{"name":"' + b"a" * 60_000 + b'"}'
        grown = []
        streams = []
        for count in range(6):
            stream = Wire(gateway.port)
            streams.append(stream)
            stream.send(b"POST /v1/chat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        b"Content-Type: application/json\r\n\r\n")
            assert wait_until(lambda: metrics(gateway)["transom_active_streams"] == count + 1)
            wires = [Wire(gateway.port) for _ in range(128)]
            whole = request("POST", "/v1/users", body=body)
            for wire in wires:
                wire.send(whole[:-1])
            for wire in wires:
                wire.send(whole[-1:])
            for wire in wires:
                assert wire.answer().status < 500
                wire.close()
            gateway.change(routes=[*USER_ROUTES, chat])
            grown.append(resident(gateway.process.pid))
        print(f"\nMiB after each of {len(grown)} bursts and reloads: {[kib >> 10 for kib in grown]}")
        assert grown[-1] - grown[1] < 16 << 10, grown
        for stream in streams:
            stream.close()


def test_a_backend_that_is_gone_has_no_gauges(start, backend):
    gateway = start(backend.address, routes=[GET])
    series = 'transom_backend_available{backend="spare"}'
    both = {"users": {"address": backend.address}, "spare": {"address": backend.address}}
    gateway.change(routes=[GET], backends=both)
    assert metrics(gateway)[series] == 1
    gateway.change(routes=[GET])
    assert wait_until(lambda: series not in metrics(gateway))
    assert metrics(gateway)['transom_backend_retries_total{backend="spare",kind="policy"}'] == 0


def test_health_is_watched_over_reloads(start):
    dead = f"127.0.0.1:{free_port()}"
    with DemoBackend() as backend:
        watched = {"address": f"ipv4:{backend.address},{dead}", "health": {"interval": "100ms"}}
        gateway = start(watched, routes=[GET])
        unhealthy = 'transom_backend_unhealthy_endpoints{backend="users"}'
        assert wait_until(lambda: metrics(gateway).get(unhealthy) == 1, 10)
        gateway.change(backend=watched, routes=[MOVED])
        assert metrics(gateway)[unhealthy] == 1
        gateway.change(backend={**watched, "health": False}, routes=[MOVED])
        assert metrics(gateway).get(unhealthy, 0) == 0
        gateway.change(backend=watched, routes=[MOVED])
        assert wait_until(lambda: metrics(gateway).get(unhealthy) == 1, 10)
        started = time.monotonic()
        assert status(gateway, "/v2/users/42") == 200 and time.monotonic() - started < 5
