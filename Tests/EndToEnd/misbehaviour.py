"""How a misbehaviour is tested: the right answer in time, and the next call is served."""
import time

from backends import wait_until
from wire import ask, timed

# Seconds within which whatever does not wait for a deadline is answered, on a busy machine.
PROMPT = 2.0


def get(gateway, **fields):
    return ask(gateway.port, "GET", "/v1/users/1",
               fields={name.replace("_", "-"): value for name, value in fields.items()})


def check(gateway, peer, expected, script=None, greeting=None, timeout=None, seconds=PROMPT,
          **changes):
    """Plays `script` for one call and expects its answer; then the peer behaves, and is reached.

    `expected` is the HTTP status and the code, or None for a good answer. With a `timeout`, in
    milliseconds, the gateway has to wait for it; else it has `seconds`. A `greeting` needs a new
    connection.
    """
    peer.behave()
    if script:
        peer.script = script
    for name, value in changes.items():
        setattr(peer, name, value)
    if greeting:
        # The gateway makes another connection as soon as it sees that one has gone.
        peer.greeting = greeting
        peer.leave()
    fields = {"grpc_timeout": f"{timeout}m"} if timeout else {"grpc_timeout": "9S"}
    answer, took = timed(lambda: get(gateway, **fields))
    if expected is None:
        assert (answer.status, answer.json()) == (200, {"id": "good"}), answer
    else:
        body = answer.json()
        assert (answer.status, body["code"]) == expected, answer
        assert set(body) == {"code", "message", "details"} and isinstance(body["message"], str)
    if timeout and expected == (504, 4):
        assert timeout / 1000 <= took < timeout / 1000 + PROMPT, took
    else:
        assert took < seconds, took
    return answer


def recovers(gateway, peer, seconds=PROMPT):
    """A good peer is reached again, at once unless the gateway has still to see that it is lost."""
    peer.behave()
    start = time.monotonic()
    answer = get(gateway, grpc_timeout="3S")
    if answer.status != 200:
        assert answer.json()["code"] == 14, answer
        assert wait_until(lambda: get(gateway, grpc_timeout="3S").status == 200, seconds)
    assert time.monotonic() - start < seconds
    assert gateway.process.poll() is None
