"""The cases of `http_safety_cases.py` on raw sockets: what is refused, and that nothing hides."""
import os
import pathlib
import random
import urllib.parse

import pytest

from http_safety_cases import BEHIND, BODIES_NOBODY_WANTS, GROUPS
from wire import Wire, ask, request

# What stands for itself in the copy of the cases.
SAFE = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}"
CASES = [pytest.param(case, id=f"{group}: {case.name}")
         for group, cases in GROUPS.items() for case in cases]


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, limits={"body": "1MiB"})


@pytest.fixture
def called(gateway, backend):
    """The ids that reach the backend during the test, in order."""
    start = len(backend.calls)

    def ids():
        # Whatever was submitted before has arrived when this one has.
        assert ask(gateway.port, "GET", "/v1/users/fence").status == 200
        found = [call.request[2:2 + call.request[1]].decode() if call.request else ""
                 for call in backend.calls[start:]]
        assert found.pop() == "fence"
        return tuple(found)

    return ids


def check(wire, case, called, before=()):
    """Reads all that comes of a case with a request behind it; `before` was asked before."""
    for _ in before:
        assert wire.answer().status == 200
    if isinstance(case.expected, list):
        answers = [wire.answer() for _ in case.expected]
        assert [answer.status for answer in answers] == case.expected
        assert called() == (*before, *case.calls)
        return
    answer = wire.answer()
    assert answer.status == case.expected, answer
    assert answer.field("connection") == "close"
    assert answer.json()["message"], "it says what is wrong"
    assert wire.is_closed_within(5), "nothing comes behind a refusal"
    assert called() == before, case.reason


def test_there_are_enough_cases():
    assert len(CASES) >= 150
    assert len({case.id for case in CASES}) == len(CASES)


def test_the_unit_tests_read_the_same_cases():
    """They compare our parser with another; TRANSOM_UPDATE_CASES=1 writes their copy anew."""
    copy = pathlib.Path(__file__).with_name("http_safety_cases.txt")
    text = "".join(
        f"{group}: {case.name}\t{urllib.parse.quote(case.data, safe=SAFE)}\n"
        for group, cases in GROUPS.items() for case in cases if len(case.data) < 4000)
    if os.environ.get("TRANSOM_UPDATE_CASES") == "1":
        copy.write_text(text)
    assert copy.read_text() == text


@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_out_as_it_should(gateway, called, case):
    with Wire(gateway.port) as wire:
        wire.send(case.data + BEHIND)
        check(wire, case, called)


@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_out_the_same_in_pieces_behind_a_good_request(gateway, called, case):
    dice = random.Random(case.name)
    data = request("GET", "/v1/users/first") + case.data + BEHIND
    with Wire(gateway.port) as wire:
        try:
            while data:
                size = dice.choice([1, 2, 3, 50, 5000])
                wire.send(data[:size])
                data = data[size:]
        except OSError:
            pass  # It was refused before the last piece.
        check(wire, case, called, before=("first",))


@pytest.mark.parametrize("case", BODIES_NOBODY_WANTS, ids=str)
def test_a_request_in_a_body_that_nobody_wants_never_runs(gateway, called, case):
    with Wire(gateway.port) as wire:
        wire.send(case.data)
        answer = wire.answer(to=case.data.split(b" ")[0].decode())
        # Broken framing may be seen before the request is.
        assert answer.status in {case.expected, 400 if "break" in case.name else case.expected}
        assert "hidden" not in called(), case.reason
        # What follows is either refused with the connection, or a request of its own.
        if answer.field("connection") == "close":
            assert wire.is_closed_within(5)
        else:
            wire.send(BEHIND)
            assert wire.answer().json() == {"id": "behind"}
