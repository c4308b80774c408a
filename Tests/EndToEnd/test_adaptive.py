"""The limit of unary calls by latency: an overload is refused, what is admitted is served in time."""
import concurrent.futures
import threading
import time

import pytest

from backends import RawBackend
from gateways import USER_ROUTES
from processes import binary, run
from wire import Wire, ask, request

SERVERS, SERVICE = 4, 0.02  # 200 calls a second
DEADLINE = "250m"


class Queueing(RawBackend):
    """Serves four calls at a time; the others wait, and are served also when nobody waits for them."""

    def __init__(self):
        super().__init__(threads=200)
        self.servers = threading.Semaphore(SERVERS)
        self.service_time = SERVICE

    def _answer(self, method, request, context):
        with self.servers:
            time.sleep(self.service_time)
        return b"\x0a\x011"


@pytest.fixture(scope="module")
def queueing():
    backend = Queueing()
    yield backend
    backend.stop()


def storm(gateway, clients, seconds):
    """Statuses of what `clients` ask in a loop, each with a deadline, and the times of the good."""
    end = time.monotonic() + seconds
    statuses, times, lock = {}, [], threading.Lock()

    def client(_):
        with Wire(gateway.port) as wire:
            while time.monotonic() < end:
                began = time.monotonic()
                wire.send(request("GET", "/v1/users/1", fields={"grpc-timeout": DEADLINE}))
                answer = wire.answer()
                with lock:
                    statuses[answer.status] = statuses.get(answer.status, 0) + 1
                    if answer.status == 200:
                        times.append(time.monotonic() - began)
                if answer.status == 503:
                    assert answer.field("retry-after") == "1", answer
                    time.sleep(0.03)

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    return statuses, sorted(times)


def limit(gateway):
    page = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    name = 'transom_backend_concurrency_limit{backend="users"} '
    return next((float(line[len(name):]) for line in page.splitlines() if line.startswith(name)),
                None)


ADAPTIVE = {"min": 4, "max": 500, "remeasure": "2s"}


def test_the_goodput_of_an_overload_is_what_the_backend_can_do(gateways, queueing):
    plain = gateways.start(queueing.address)
    assert limit(plain) is None
    before, _ = storm(plain, 80, 3)
    time.sleep(1)  # the queue at the backend drains
    gateway = gateways.start({"address": queueing.address, "adaptive": ADAPTIVE})
    storm(gateway, 80, 1.5)
    after, times = storm(gateway, 80, 3)
    capacity = 3 * SERVERS / SERVICE
    # 80 calls at a time take 0.4 s each, which none of them has.
    assert before.get(200, 0) < capacity / 2, before
    assert after[200] > capacity / 2 and after[200] > 2 * before.get(200, 0), (before, after)
    assert after.get(504, 0) < after[200] / 4, after
    assert after[503] > 0 and set(after) <= {200, 503, 504}
    assert times[len(times) // 2] < 0.2
    assert 4 <= limit(gateway) < 60


def test_what_the_backend_serves_at_once_is_not_refused(gateways, queueing):
    gateway = gateways.start({"address": queueing.address, "adaptive": {**ADAPTIVE, "min": 8}})
    statuses, _ = storm(gateway, 4, 2)
    assert set(statuses) == {200}


def test_a_refusal_says_why(gateways):
    backend = RawBackend()
    try:
        gateway = gateways.start(
            {"address": backend.address, "adaptive": {"min": 1, "max": 1}},
            metadata={"request": ["x-sleep"]}, routes=USER_ROUTES)
        with concurrent.futures.ThreadPoolExecutor(1) as client:
            slow = client.submit(lambda: ask(
                gateway.port, "GET", "/v1/users/1", fields={"x-sleep": "1"}))
            while not backend.calls:
                time.sleep(0.01)
            answer = ask(gateway.port, "GET", "/v1/users/2")
            assert answer.status == 503 and answer.field("retry-after") == "1"
            assert answer.json()["code"] == 14 and "overloaded" in answer.json()["message"]
            assert slow.result().status == 200
        assert ask(gateway.port, "GET", "/v1/users/3").status == 200
        page = ask(gateway.admin_port, "GET", "/metrics").body.decode()
        assert any("adaptive_limit" in line for line in gateway.out + page.splitlines())
    finally:
        backend.stop()


def test_numbers_that_do_not_fit_are_told_at_load(gateways):
    config = gateways.config({"address": "127.0.0.1:1", "adaptive": {"min": 9, "max": 8}})
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78
    assert "backends.users.adaptive.min: expected at most max (8), found 9" in checked.stderr
