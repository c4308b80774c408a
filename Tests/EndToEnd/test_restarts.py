"""Backends that restart, die and go away under a steady load: no GET fails that may be retried."""
import contextlib
import threading
import time

import pytest

from backends import RawBackend, wait_until
from load import Load
from processes import DemoBackend
from scripted import ScriptedBackend

RETRY = {"attempts": 3, "backoff": {"initial": "10ms", "max": "100ms"}}


def start(gateways, addresses, **keys):
    return gateways.start({"address": "ipv4:" + ",".join(addresses), "retry": RETRY, **keys},
                          loops=2)


def told(load, what):
    print(f"\n{what}: {load.total} GETs, {dict(load.statuses)}, "
          f"slowest {load.slowest * 1000:.0f} ms")
    assert not load.failures, load.failures[:3]
    assert set(load.statuses) == {200} and load.total > 100


@pytest.fixture
def stack():
    with contextlib.ExitStack() as made:
        yield made


@pytest.mark.parametrize("balancing", ["round_robin", "least_request"])
def test_three_backends_are_restarted_one_after_the_other(gateways, stack, balancing):
    backends = [DemoBackend() for _ in range(3)]
    for index in range(3):
        stack.callback(lambda index=index: backends[index].kill())
    gateway = start(gateways, [backend.address for backend in backends], balancing=balancing)
    with Load(gateway, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 100)
        for _ in range(2):
            for index in range(3):
                address = backends[index].address
                backends[index].stop()
                time.sleep(0.2)
                backends[index] = DemoBackend(address)
                time.sleep(1)
    told(load, f"two rolling restarts of three backends ({balancing})")


def test_three_grpcio_backends_are_restarted_one_after_the_other(gateways, stack):
    backends = [RawBackend() for _ in range(3)]
    stack.callback(lambda: [backend.stop() for backend in backends])
    # A grpcio server cancels what crosses with its GOAWAY, and CANCELLED is its word for that.
    gateway = start(gateways, [backend.address for backend in backends],
                    retry={**RETRY, "codes": ["UNAVAILABLE", "CANCELLED"]})
    with Load(gateway, clients=4) as load:
        assert wait_until(lambda: load.total > 100)
        for index in range(3):
            address = backends[index].address
            backends[index].server.stop(2).wait(5)
            backends[index] = RawBackend(address)
            time.sleep(1)
    told(load, "a rolling restart of three grpcio backends")


def test_one_of_two_backends_is_killed(gateways, stack):
    backends = [DemoBackend() for _ in range(2)]
    for backend in backends:
        stack.callback(backend.kill)
    gateway = start(gateways, [backend.address for backend in backends])
    with Load(gateway, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        backends[0].kill()
        time.sleep(2)
        late = DemoBackend(backends[0].address)
        stack.callback(late.kill)
        time.sleep(2)
    told(load, "one of two backends killed, and back")


def test_the_only_backend_restarts(gateways, stack):
    backend = DemoBackend()
    address = backend.address
    gateway = gateways.start({"address": address, "retry": {
        "attempts": 5, "backoff": {"initial": "300ms", "max": "1s"}}}, loops=2)
    with Load(gateway, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        backend.stop()
        late = DemoBackend(address)
        stack.callback(late.kill)
        time.sleep(3)
    told(load, "the only backend restarted")


def test_goaway_every_second(gateways, stack):
    class Leaving(ScriptedBackend):
        def __init__(self):
            self.last = time.monotonic()
            self.count = 0
            self.guard = threading.Lock()
            super().__init__(self.serve)

        def serve(self, call):
            call.answer(0, b"\x0a\x011")
            with self.guard:
                if time.monotonic() - self.last > 1:
                    self.last = time.monotonic()
                    self.count += 1
                    # What crosses with it is above the last id, and is sent elsewhere.
                    call.go_away()

    backend = stack.enter_context(Leaving())
    gateway = gateways.start(backend.address)
    with Load(gateway, clients=8, pause=0.005) as load:
        assert wait_until(lambda: backend.count >= 5, 10)
    told(load, f"GOAWAY every second, {backend.count} times, no policy")


def test_connections_are_replaced_by_age(gateways, stack):
    backend = stack.enter_context(ScriptedBackend(lambda call: call.answer(0, b"\x0a\x011")))
    gateway = gateways.start({"address": backend.address, "max_connection_age": "500ms"})
    with Load(gateway, clients=4, pause=0.005) as load:
        assert wait_until(lambda: backend.accepted >= 5, 10)
    told(load, f"connections at most 500 ms old, {backend.accepted} of them, no policy")
