"""Real network conditions: deadlines hold, nothing hangs, and a network that is back is used."""
import concurrent.futures
import contextlib
import random
import threading
import time

import pytest

from backends import RawBackend, wait_until
from load import Load
from network import BlackHole, Network
from raw_peer import message, varint
from scripted import ScriptedBackend
from streaming import FULL
from wire import ask, timed

# How much later than it should a busy machine may answer.
LATE = 1.5
RTT = 0.05


def get(gateway, identifier="1", **fields):
    return ask(gateway.port, "GET", f"/v1/users/{identifier}",
               fields={name.replace("_", "-"): value for name, value in fields.items()})


@pytest.fixture(scope="module")
def echo():
    """A backend that is always well."""
    backend = RawBackend(threads=64)
    yield backend
    backend.stop()


@pytest.fixture
def network(echo):
    with Network(echo.address) as made:
        yield made


def served(gateway, seconds=5):
    """Whether a call is served, and after how many seconds one is."""
    start = time.monotonic()
    good = wait_until(lambda: get(gateway, grpc_timeout="500m").status == 200, seconds)
    return good, time.monotonic() - start


# Far away


def test_calls_of_a_far_backend_share_its_way(gateways, network):
    network.set(delay=RTT / 2)
    gateway = gateways.start(network.address)
    assert get(gateway).status == 200
    answer, took = timed(lambda: get(gateway))
    assert answer.status == 200 and RTT <= took < RTT + LATE
    with concurrent.futures.ThreadPoolExecutor(50) as clients:
        answers, took = timed(lambda: list(clients.map(lambda _: get(gateway).status, range(200))))
    assert set(answers) == {200}
    assert took < 200 * RTT / 3, "one after the other they would take ten seconds"


def test_a_deadline_shorter_than_the_way_is_a_504_in_time(gateways, network):
    network.set(delay=0.2)
    gateway = gateways.start(network.address)
    assert get(gateway).status == 200
    for _ in range(5):
        answer, took = timed(lambda: get(gateway, grpc_timeout="150m"))
        assert (answer.status, answer.json()["code"]) == (504, 4)
        assert 0.15 <= took < 0.15 + LATE
    # What comes late belongs to nobody, and nobody gets it.
    assert get(gateway, "last").json() == {"id": "last"}


def test_a_slow_way_is_as_slow_for_all_and_fails_none(gateways, network):
    network.set(rate=200_000)
    gateway = gateways.start(network.address)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: ask(
            gateway.port, "POST", "/v1/users", {"name": str(n) * 20_000}), range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    assert [answer.json()["name"][0] for answer in answers] == [str(n) for n in range(8)]


# Silent


@pytest.mark.parametrize("stall", ["up", "down", "both"])
def test_a_silent_network_is_a_504_at_each_deadline_and_then_used_again(gateways, network, stall):
    gateway = gateways.start(network.address)
    assert get(gateway).status == 200
    network.set(stall=stall)
    with concurrent.futures.ThreadPoolExecutor(20) as clients:
        results = list(clients.map(
            lambda _: timed(lambda: get(gateway, grpc_timeout="300m")), range(20)))
    assert {answer.status for answer, _ in results} == {504}
    assert all(0.3 <= took < 0.3 + LATE for _, took in results)
    network.set(stall=None)
    good, took = served(gateway)
    assert good and took < LATE


def test_bursts_of_silence_fail_no_call(gateways, network):
    gateway = gateways.start(network.address, loops=2)
    dice = random.Random(5)
    with Load(gateway, clients=8) as load:
        for _ in range(40 if FULL else 6):
            time.sleep(dice.uniform(0.05, 0.3))
            network.set(stall=dice.choice(["up", "down", "both"]))
            time.sleep(dice.uniform(0.05, 0.4))
            network.set(stall=None)
    print(f"\nbursts of silence: {load.total} GETs, {dict(load.statuses)}, "
          f"slowest {load.slowest * 1000:.0f} ms")
    assert set(load.statuses) == {200} and load.slowest < 0.4 + LATE


def test_keepalive_finds_a_silent_connection_and_another_is_made(gateways, network):
    """gRFC A8: ten seconds of silence at least, then the time for an answer."""
    gateway = gateways.start(
        {"address": network.address, "keepalive": {"interval": "10s", "timeout": "500ms"}})
    assert get(gateway).status == 200
    network.set(stall="both")
    running = []
    thread = threading.Thread(target=lambda: running.append(timed(lambda: get(gateway))))
    thread.start()
    time.sleep(0.2)  # the call is on the silent connection
    thread.join(20)
    answer, took = running[0]
    print(f"\na silent connection is given up after {took:.1f} s")
    assert (answer.status, answer.json()["code"]) == (503, 14)
    assert 9.5 <= took < 11 + LATE
    network.set(stall=None)
    good, took = served(gateway)
    assert good and took < LATE


# Broken


@pytest.mark.parametrize("cut", ["fin", "rst"])
def test_a_cut_fails_who_was_on_the_way_and_nobody_later(gateways, network, echo, cut):
    gateway = gateways.start(network.address)
    assert get(gateway).status == 200
    count = len(echo.calls)
    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        running = [clients.submit(lambda: get(gateway, x_sleep="5")) for _ in range(10)]
        assert wait_until(lambda: len(echo.calls) == count + 10)
        network.set(cut=cut)
        assert {(one.result(5).status, one.result().json()["code"]) for one in running} == {
            (503, 14)}
    good, took = served(gateway)
    assert good and took < LATE


@pytest.mark.parametrize("cut", ["fin", "rst"])
def test_cuts_under_load_fail_no_get_that_may_be_retried(gateways, network, cut):
    # On a busy machine two connections in a row may be cut before they have served a call, which
    # is a back-off: the retries must outlast it.
    gateway = gateways.start(
        {"address": network.address, "backoff": {"initial": "10ms", "max": "50ms"},
         "retry": {"attempts": 5, "backoff": {"initial": "50ms", "max": "300ms"}}}, loops=2)
    with Load(gateway, clients=8) as load:
        for _ in range(30 if FULL else 6):
            time.sleep(0.25)
            network.set(cut=cut)
    print(f"\ncuts by {cut}: {load.total} GETs, {dict(load.statuses)}, "
          f"slowest {load.slowest * 1000:.0f} ms")
    assert not load.failures, load.failures[:3]
    assert set(load.statuses) == {200}


@pytest.mark.parametrize("cut", ["fin", "rst"])
def test_a_cut_in_mid_answer_is_never_a_short_200(gateways, cut):
    name = b"n" * 1_000_000
    reply = b"\x12" + varint(len(name)) + name
    with ScriptedBackend(lambda call: call.answer(0, b"\x0a\x011")) as backend, \
            Network(backend.address) as network:
        gateway = gateways.start(network.address)
        assert get(gateway).status == 200
        # More than its first window the scripted backend cannot send.
        backend.script = lambda call: call.send_headers(
            [(":status", "200"), ("content-type", "application/grpc")]).send_data(
                message(reply)[:60_000])
        network.set(rate=100_000)
        with concurrent.futures.ThreadPoolExecutor(1) as clients:
            running = clients.submit(lambda: get(gateway))
            time.sleep(0.3)
            network.set(cut=cut)
            assert running.result(5).status == 503
        network.set(rate=0)
        backend.script = lambda call: call.answer(0, b"\x0a\x011")
        good, took = served(gateway)
        assert good and took < LATE


# Never there


@pytest.mark.parametrize("hole", ["no SYN is answered", "no byte is answered"])
def test_a_connect_without_an_answer_ends_with_its_time(gateways, echo, hole):
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(BlackHole() if hole.startswith("no SYN")
                                     else Network(echo.address, is_silent=True))
        gateway = gateways.start({"address": target.address, "connect_timeout": "400ms"})
        answer, took = timed(lambda: get(gateway))
        assert (answer.status, answer.json()["code"]) == (503, 14)
        assert 0.4 <= took < 0.4 + LATE
        answer, took = timed(lambda: get(gateway, grpc_timeout="100m"))
        assert (answer.status, answer.json()["code"]) in ((503, 14), (504, 4))
        assert took < 0.1 + LATE


@pytest.mark.parametrize("hole", ["no SYN is answered", "no byte is answered"])
@pytest.mark.parametrize("balancing", ["round_robin", "least_request"])
def test_one_dead_way_of_two_costs_no_call_its_time(gateways, echo, hole, balancing):
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(BlackHole() if hole.startswith("no SYN")
                                     else Network(echo.address, is_silent=True))
        gateway = gateways.start({"address": f"ipv4:{target.address},{echo.address}",
                                  "balancing": balancing, "connect_timeout": "400ms"})
        results = [timed(lambda: get(gateway)) for _ in range(30)]
        assert {answer.status for answer, _ in results} == {200}
        assert max(took for _, took in results) < 0.4
