"""Peers that greet wrongly, leave at the wrong time, or fall silent: deadlines hold."""
import concurrent.futures
import socket
import threading
import time

import pytest

from backends import wait_until
from misbehaviour import PROMPT, check, get, recovers
from raw_peer import (DATA, END_HEADERS, GOAWAY, HEAD, HEADER_TABLE_SIZE, HEADERS, INITIAL_WINDOW,
                      MAX_FRAME, MAX_STREAMS, OK, SETTINGS, WINDOW_UPDATE, RawPeer, frame, message,
                      number, settings)
from wire import ask, timed

LOST = (503, 14)
LATE = (504, 4)
NO_CONNECT = (503, 14)
LAST = 2**31 - 1


@pytest.fixture(scope="module")
def peer():
    with RawPeer() as made:
        yield made


@pytest.fixture(scope="module")
def gateway(gateways, peer):
    return gateways.start({"address": peer.address, "connections": 1, "connect_timeout": "500ms"})


# Greetings

def greeting(data=b"", then=None):
    def greet(connection):
        connection.send(data)
        if then:
            then(connection)
    return greet


def reset(connection):
    connection.reset_by_tcp()


def close(connection):
    connection.close()


def half_close(connection):
    connection.socket.shutdown(socket.SHUT_WR)


GREETINGS = {
    "nothing": greeting(),
    "close": greeting(then=close),
    "reset": greeting(then=reset),
    "half-close": greeting(then=half_close),
    "HTTP/1.1 400": greeting(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
    "HTTP/1.1 and close": greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n", close),
    "HTTP/1.0": greeting(b"HTTP/1.0 200 OK\r\n\r\n<html>"),
    "a TLS alert": greeting(b"\x15\x03\x03\x00\x02\x02\x28", close),
    "a TLS hello": greeting(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
    "SSH": greeting(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "SMTP": greeting(b"220 mail.example.com ESMTP\r\n"),
    "the client's preface": greeting(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "noise": greeting(bytes(range(256)) * 40),
    "a ping in front of settings": greeting(frame(6, 0, bytes(8))),
    "data in front of settings": greeting(frame(DATA, 1, b"x")),
    "a head in front of settings": greeting(frame(HEADERS, 1, b"\x88", END_HEADERS)),
    "an acknowledgement first": greeting(frame(SETTINGS, 0, b"", 1)),
    "GOAWAY first": greeting(frame(GOAWAY, 0, number(0) + number(0))),
    "half of a frame's head": greeting(frame(SETTINGS)[:5]),
    "half of settings": greeting(frame(SETTINGS, 0, settings((MAX_STREAMS, 1)))[:12]),
    "wrong settings": greeting(frame(SETTINGS, 0, settings((MAX_FRAME, 1)))),
    "settings and close": greeting(frame(SETTINGS), close),
    "settings and reset": greeting(frame(SETTINGS), reset),
    "settings and GOAWAY": greeting(frame(SETTINGS) + frame(GOAWAY, 0, number(0) + number(0))),
    "settings, GOAWAY, close": greeting(
        frame(SETTINGS) + frame(GOAWAY, 0, number(0) + number(11)), close),
}


SILENT = {"nothing", "half of a frame's head", "half of settings"}


@pytest.mark.parametrize("name", GREETINGS)
def test_a_wrong_greeting_is_a_503_and_a_good_one_is_served(gateways, name):
    """A call waits for its first connection no longer than a connect may take."""
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connect_timeout": "500ms"})
        peer.greeting = GREETINGS[name]
        peer.acknowledges = False
        answer, took = timed(lambda: get(gateway, grpc_timeout="9S"))
        assert (answer.status, answer.json()["code"]) == NO_CONNECT, answer
        assert (0.5 if name in SILENT else 0) <= took < PROMPT
        # The next is told so at once, and the back-off keeps the gateway from knocking on and on.
        answer, took = timed(lambda: get(gateway, grpc_timeout="9S"))
        assert (answer.status, answer.json()["code"]) == NO_CONNECT, answer
        time.sleep(0.3)
        assert len(peer.connections) < 10
        recovers(gateway, peer)


def test_settings_that_are_never_acknowledged_do_no_harm(gateway, peer):
    peer.leave()
    check(gateway, peer, None, acknowledges=False)
    for _ in range(20):
        assert get(gateway).status == 200
    peer.leave()


# Settings

def with_settings(*pairs):
    return lambda connection: connection.greet(*pairs)


def later(seconds, action):
    threading.Timer(seconds, action).start()


def test_without_a_stream_a_call_waits_until_its_deadline(gateway, peer):
    check(gateway, peer, LATE, greeting=with_settings((MAX_STREAMS, 0)), timeout=300)
    peer.leave()
    recovers(gateway, peer)


def test_a_limit_of_0_that_is_raised_serves_who_waited(gateway, peer):
    def greet(connection):
        connection.greet((MAX_STREAMS, 0))
        later(0.2, lambda: connection.greet((MAX_STREAMS, 3)))

    check(gateway, peer, None, greeting=greet)
    recovers(gateway, peer)


def test_a_limit_that_is_lowered_in_mid_flight_is_kept_from_then_on(gateways):
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connections": 1})
        held = []
        peer.script = held.append
        with concurrent.futures.ThreadPoolExecutor(12) as clients:
            running = [clients.submit(lambda: get(gateway)) for _ in range(4)]
            assert wait_until(lambda: len(held) == 4)
            peer.connections[0].greet((MAX_STREAMS, 2))
            time.sleep(0.1)  # nothing tells that it was read
            waiting = [clients.submit(lambda: get(gateway)) for _ in range(4)]
            time.sleep(0.1)
            assert len(held) == 4
            held[0].answer()
            held[1].answer()
            time.sleep(0.1)
            assert len(held) == 4, "two of two still run"
            held[2].answer()
            assert wait_until(lambda: len(held) == 5)
            for at in range(3, 8):
                assert wait_until(lambda: len(held) > at)
                held[at].answer()
            assert {one.result(5).status for one in running + waiting} == {200}


def test_a_limit_of_0_in_mid_flight_lets_calls_end(gateway, peer):
    recovers(gateway, peer)

    def script(call):
        call.connection.greet((MAX_STREAMS, 0))
        time.sleep(0.1)
        call.answer()

    check(gateway, peer, None, script)
    assert get(gateway, grpc_timeout="200m").status == 504
    peer.connections[-1].greet((MAX_STREAMS, 100))
    recovers(gateway, peer)


@pytest.mark.parametrize("window", [0, 1, 5, 100])
def test_a_small_first_window_holds_the_request_until_it_is_opened(gateway, peer, window):
    peer.behave()
    peer.leave()
    peer.greeting = with_settings((INITIAL_WINDOW, window))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(
        gateway.port, "POST", "/v1/users", {"name": "n" * 1000}, {"grpc-timeout": "5S"})))
    thread.start()
    assert wait_until(lambda: peer.connections and peer.connections[-1].heads)
    time.sleep(0.2)
    assert not answers and not peer.connections[-1].ended.is_set()
    peer.connections[-1].send(frame(WINDOW_UPDATE, 1, number(100_000)))
    thread.join(5)
    assert answers and answers[0].json() == {"id": "good"}
    peer.leave()


def test_a_window_that_is_never_opened_is_a_504(gateway, peer):
    check(gateway, peer, LATE, greeting=with_settings((INITIAL_WINDOW, 0)), timeout=300)
    peer.leave()
    recovers(gateway, peer)


def test_a_window_that_shrinks_below_what_was_sent_stops_the_request(gateway, peer):
    """It is negative then (RFC 9113, section 6.9.2)."""
    peer.leave()
    peer.behave()
    peer.is_early = True

    def script(call):
        time.sleep(0.1)  # the first 65,535 bytes have been sent by now
        call.connection.greet((INITIAL_WINDOW, 0))
        call.send(frame(WINDOW_UPDATE, call.stream, number(65535)))
        time.sleep(0.2)
        call.send(frame(WINDOW_UPDATE, call.stream, number(100_000)),
                  frame(WINDOW_UPDATE, 0, number(200_000)))
        call.connection.ended.wait(3)
        call.answer()

    peer.script = script
    answer = ask(gateway.port, "POST", "/v1/users", {"name": "n" * 100_000},
                 {"grpc-timeout": "5S"})
    assert answer.json() == {"id": "good"}, answer
    assert peer.connections[-1].ended.is_set()
    peer.leave()


def test_an_answer_in_front_of_the_requests_end_is_the_answer(gateway, peer):
    peer.behave()
    peer.leave()
    peer.greeting = with_settings((INITIAL_WINDOW, 10))
    peer.is_early = True
    answer, took = timed(lambda: ask(
        gateway.port, "POST", "/v1/users", {"name": "n" * 1000}, {"grpc-timeout": "5S"}))
    assert answer.json() == {"id": "good"} and took < PROMPT
    assert wait_until(lambda: peer.connections[-1].resets == [(1, 8)])
    peer.leave()
    recovers(gateway, peer)


def test_a_table_that_changes_between_calls_garbles_no_head(gateway, peer):
    recovers(gateway, peer)
    for size in (0, 4096, 1, 65536, 0, 33):
        peer.connections[-1].greet((HEADER_TABLE_SIZE, size))
        for _ in range(3):
            assert get(gateway).status == 200


# GOAWAY

def go_away(last, code=0, debug=b""):
    return frame(GOAWAY, 0, number(last) + number(code) + debug)


@pytest.mark.parametrize("code", [0, 1, 2, 11])
def test_goaway_that_leaves_a_call_out_sends_it_again(gateway, peer, code):
    recovers(gateway, peer)
    first = peer.connections[-1]

    def script(call):
        if call.connection is first:
            call.send(go_away(0, code))
        else:
            call.answer()

    check(gateway, peer, None, script)
    recovers(gateway, peer)


ENDINGS = {
    "and goes on": None, "twice": go_away(LAST), "then with less": go_away(1),
    "then with code 2": go_away(LAST, 2), "with 16 KB of words": go_away(LAST, 0, b"w" * 16000),
    "then with more, which is wrong": go_away(LAST) + go_away(LAST)}


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("at", ["head", "message"])
def test_goaway_in_mid_answer_lets_it_end(gateway, peer, name, at):
    recovers(gateway, peer)
    before = len(peer.connections)

    def script(call):
        call.headers(HEAD)
        if at == "message":
            call.data(message()[:7])
        call.send(go_away(LAST), go_away(call.stream), ENDINGS[name] or b"")
        time.sleep(0.1)
        call.send(frame(DATA, call.stream, message()[7:] if at == "message" else message()),
                  call.head(OK, end=True))

    # A last id that grows again is an error of the connection.
    wrong = name not in ("and goes on",)
    check(gateway, peer, LOST if wrong else None, script)
    recovers(gateway, peer)
    assert len(peer.connections) == before + 1


@pytest.mark.parametrize("last", [0, LAST])
def test_goaway_and_silence_holds_no_later_call(gateway, peer, last):
    recovers(gateway, peer)

    def script(call):
        call.headers(HEAD).send(go_away(LAST) if last else b"", go_away(call.stream))

    check(gateway, peer, LATE, script, timeout=300)
    recovers(gateway, peer)


# Ends

def ending(how, *frames):
    def script(call):
        call.send(*(one(call) if callable(one) else one for one in frames))
        how(call.connection)
    return script


PARTS = {
    "a request": [],
    "half a frame": [lambda call: call.head(HEAD)[:7]],
    "a head": [lambda call: call.head(HEAD)],
    "half a head": [lambda call: frame(HEADERS, call.stream, b"\x88", 0)],
    "half a prefix": [lambda call: call.head(HEAD), lambda call: frame(
        DATA, call.stream, b"\0\0")],
    "half a message": [lambda call: call.head(HEAD), lambda call: frame(
        DATA, call.stream, message()[:7])],
    "half a frame of a message": [lambda call: call.head(HEAD), lambda call: frame(
        DATA, call.stream, message())[:12]],
    "a message": [lambda call: call.head(HEAD), lambda call: frame(DATA, call.stream, message())],
    "half a frame of trailers": [
        lambda call: call.head(HEAD), lambda call: frame(DATA, call.stream, message()),
        lambda call: call.head(OK, end=True)[:-2]],
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("how", [close, reset, half_close], ids=["close", "reset", "half-close"])
def test_a_connection_that_ends_in_mid_answer_is_a_503(gateway, peer, name, how):
    recovers(gateway, peer)
    check(gateway, peer, LOST, ending(how, *PARTS[name]))
    recovers(gateway, peer)


@pytest.mark.parametrize("how", [close, reset, half_close], ids=["close", "reset", "half-close"])
def test_an_answer_that_came_whole_counts_though_the_connection_ends(gateway, peer, how):
    recovers(gateway, peer)

    def script(call):
        call.answer()
        # What a reset overtakes in the kernel is lost; that is no matter of the gateway.
        time.sleep(0.1)
        how(call.connection)

    check(gateway, peer, None, script)
    recovers(gateway, peer)


@pytest.mark.parametrize("name", PARTS)
def test_silence_in_mid_answer_is_a_504(gateway, peer, name):
    recovers(gateway, peer)
    check(gateway, peer, LATE, ending(lambda connection: None, *PARTS[name]), timeout=300)
    peer.leave()
    recovers(gateway, peer)


def silent_at_first(peer):
    """Its first connection takes calls and says nothing, as one behind a network that is gone."""
    def script(call):
        if call.connection is not peer.connections[0]:
            call.answer()
    return script


def test_a_connection_that_stays_silent_is_left(gateways):
    """Without keepalive: a call has run out of time and nothing has come for a connect's time."""
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connections": 1,
                                  "connect_timeout": "300ms"})
        peer.script = silent_at_first(peer)
        assert get(gateway, grpc_timeout="100m").status == 504
        time.sleep(0.3)
        assert get(gateway, grpc_timeout="100m").status == 504
        assert len(peer.connections) == 1, "no call has waited for as long as that"
        assert get(gateway, grpc_timeout="400m").status == 504
        answer, took = timed(lambda: get(gateway, grpc_timeout="400m"))
        assert answer.status == 200 and took < 0.3
        assert wait_until(lambda: peer.connections[0].is_closed.is_set())
        assert len(peer.connections) == 2


def test_a_connection_that_says_anything_is_kept(gateways):
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connections": 1,
                                  "connect_timeout": "300ms"})
        assert get(gateway).status == 200
        peer.script = lambda call: later(0.2, lambda: call.send(frame(6, 0, bytes(8))))
        assert get(gateway, grpc_timeout="400m").status == 504
        peer.behave()
        assert get(gateway).status == 200
        assert len(peer.connections) == 1


def test_a_byte_at_a_time_is_an_answer_all_the_same(gateway, peer):
    recovers(gateway, peer)

    def script(call):
        whole = call.head(HEAD) + frame(DATA, call.stream, message()) + call.head(OK, end=True)
        for at in range(len(whole)):
            call.send(whole[at:at + 1])
            time.sleep(0.002)

    check(gateway, peer, None, script)


def test_a_byte_at_a_time_keeps_no_call_beyond_its_deadline(gateway, peer):
    recovers(gateway, peer)

    def script(call):
        call.headers(HEAD)
        end = time.monotonic() + 1.5
        for at in range(500):
            if time.monotonic() < end:
                call.data(b"\0\0\1\0\0"[at:at + 1] or b"\0")
                time.sleep(0.02)

    check(gateway, peer, LATE, script, timeout=300)
    peer.leave()
    recovers(gateway, peer)


def test_informational_heads_without_an_end_keep_no_call_beyond_its_deadline(gateway, peer):
    recovers(gateway, peer)

    def script(call):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            call.headers([(":status", "103")])
            time.sleep(0.01)

    check(gateway, peer, LATE, script, timeout=300)
    peer.leave()
    recovers(gateway, peer)


def test_a_peer_that_reads_nothing_keeps_no_call_beyond_its_deadline(gateways):
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connections": 1})
        recovers(gateway, peer)
        peer.connections[0].may_read.clear()
        with concurrent.futures.ThreadPoolExecutor(16) as clients:
            calls = [clients.submit(lambda: timed(lambda: ask(
                gateway.port, "POST", "/v1/users", {"name": "n" * 1_000_000},
                {"grpc-timeout": "500m"}))) for _ in range(32)]
            results = [call.result(20) for call in calls]
        assert {answer.status for answer, _ in results} == {504}
        assert max(took for _, took in results) < 0.5 + PROMPT
        peer.connections[0].close()
        recovers(gateway, peer)
