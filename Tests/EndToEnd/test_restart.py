"""One gateway takes over from another under load: who waits, who is refused, who loses what."""
import collections
import contextlib
import signal
import socket
import threading
import time

import pytest

from backends import wait_until
from listening import Activated, UnixWire, listening
from processes import Gateway, free_port
from streaming import FULL
from wire import Wire, request

ROUNDS = 20 if FULL else 4
# How long each gateway serves alone.
ALONE = 1.0 if FULL else 0.4


class Visitors:
    """Clients that ask all the time, on kept and on new connections; nothing is asked twice.

    A client of a kept connection opens another when an answer says that it closes, and when the
    machine has let it wait so long that the gateway may take the connection for idle.
    """

    IDLE = 0.5

    def __init__(self, connect, kept=6, new=3, slow=2):
        self.connect = connect
        self.counts = collections.Counter()
        self.failures = []
        self.is_over = False
        self.lock = threading.Lock()
        kinds = [("kept", {}, 0.002)] * kept + [("new", {}, 0.002)] * new
        kinds += [("slow", {"x-sleep": "0.3"}, 0)] * slow
        self.threads = [threading.Thread(target=self._run, args=kind, daemon=True)
                        for kind in kinds]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join(20)

    @property
    def total(self):
        return sum(self.counts[kind] for kind in ("kept", "new", "slow"))

    def _run(self, kind, fields, pause):
        sent = request("GET", "/v1/users/1", fields=fields)
        wire, used, began = None, 0, 0
        while not self.is_over:
            try:
                if wire is not None and time.monotonic() - used > self.IDLE:
                    wire.close()
                    wire = None
                if wire is None:
                    wire = self.connect()
                    self._count("connections")
                began = time.monotonic()
                answer = wire.send(sent).answer()
                used = time.monotonic()
                if answer.status != 200:
                    self._fail(kind, answer)
            except ConnectionRefusedError:
                self._count("refused")
                time.sleep(0.01)
                continue
            except (OSError, EOFError, TimeoutError) as error:
                self._fail(kind, f"{error!r}, unused for {began - used:.3f} s")
                wire, used = None, 0
                continue
            self._count(kind)
            if kind == "new" or answer.field("connection") == "close":
                wire.close()
                wire = None
            time.sleep(pause)
        if wire is not None:
            wire.close()

    def _count(self, what):
        with self.lock:
            self.counts[what] += 1

    def _fail(self, kind, what):
        with self.lock:
            self.failures.append((kind, what))
        time.sleep(0.01)


def served(gateway):
    return lambda: len(gateway.out) > 0


def take_over(start, visitors):
    """Lets one gateway after the other take over from the one before."""
    took = []
    started = [start()]
    try:
        with visitors:
            for _ in range(ROUNDS):
                time.sleep(ALONE)
                before, after = started[-1], start()
                started.append(after)
                began = time.monotonic()
                before.process.send_signal(signal.SIGTERM)
                assert before.ended() == 0, before.text()
                took.append(time.monotonic() - began)
                assert wait_until(served(after)), "the next one has got requests"
            time.sleep(ALONE)
        assert started[-1].stop() == 0
    finally:
        for gateway in started:
            gateway.kill()
    print(f"{ROUNDS} restarts, {max(took):.1f} s at most, {dict(visitors.counts)}, "
          f"{len(visitors.failures)} failed")
    assert visitors.total > 50 * ROUNDS


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX], ids=["tcp", "unix"])
def test_a_restart_on_an_inherited_socket_fails_no_request(gateways, backend, tmp_path_factory,
                                                           family):
    path = tmp_path_factory.mktemp("s") / "held.sock"
    config = gateways.config(backend.address, loops=2, listen=[{"address": "fd:web"}])
    with contextlib.ExitStack() as stack:
        if family == socket.AF_UNIX:
            held = stack.enter_context(listening(family, path))
            visitors = Visitors(lambda: UnixWire(path))
        else:
            held = stack.enter_context(listening())
            visitors = Visitors(lambda: Wire(held.getsockname()[1]))
        take_over(lambda: Activated(config, [("web", held)]).started(), visitors)
    assert visitors.failures == []
    assert visitors.counts["refused"] == 0


def test_a_restart_on_a_shared_port_is_best_effort(gateways, backend):
    port = free_port()
    config = gateways.config(backend.address, loops=2,
                             listen=[{"address": f"127.0.0.1:{port}", "share": True}])
    visitors = Visitors(lambda: Wire(port))
    take_over(lambda: Gateway(config), visitors)
    # Only what came in the moment of a close, and was reset by the kernel.
    assert all("reset" in str(what) or "closed before" in str(what)
               for _, what in visitors.failures), visitors.failures
    assert len(visitors.failures) <= visitors.counts["connections"] // 100 + 1
    assert visitors.counts["refused"] == 0


def test_a_restart_with_a_gap_refuses_and_fails_nobody_else(gateways, backend):
    port = free_port()
    config = gateways.config(backend.address, loops=2, listen=[{"address": f"127.0.0.1:{port}"}])
    visitors = Visitors(lambda: Wire(port))
    gateway = Gateway(config)
    try:
        with visitors:
            for _ in range(ROUNDS):
                time.sleep(ALONE)
                assert gateway.stop() == 0
                gateway = Gateway(config)
            time.sleep(ALONE)
        assert gateway.stop() == 0
    finally:
        gateway.kill()
    print(f"{ROUNDS} restarts, {dict(visitors.counts)}, {len(visitors.failures)} failed")
    assert visitors.counts["refused"] > 0
    assert len(visitors.failures) <= visitors.counts["connections"] // 100 + 1
