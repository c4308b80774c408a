"""The rows on streams of the corpus's `status_mapping.json`: what is agreed, and what is open as
decided."""
import json

import pytest

from backends import StreamBackend
from corpus import corpus_file
from streaming import ARRAY, EVENTS, JSON, LINES, NDJSON, Streams, StreamWire, chunked, elements
from wire import request


@pytest.fixture(scope="module")
def table():
    path = corpus_file("status_mapping.json")
    if path is None:
        pytest.skip("SKIPPED: no corpus (status_mapping.json)")
    return {row["id"]: row for row in json.loads(path.read_text())["streaming"]}


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def counting(served):
    def play(call):
        yield served.summary(count=len(list(call.messages())))
    return play


def test_every_row_has_a_test(table):
    assert set(table) == {
        "stream:response-default", "stream:response-empty", "stream:response-empty-message",
        "stream:error-first", "stream:error-later", "stream:response-body-field",
        "stream:request", "stream:request-empty", "stream:request-bindings",
        "stream:chunk-boundaries"}


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("row", [
    "stream:response-default", "stream:response-empty", "stream:response-empty-message",
    "stream:error-first", "stream:error-later"])
def test_an_answer(served, table, row, form):
    row = table[row]
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    call.send(*[served.item(**message) for message in row["messages"]])
    error = row.get("error", {"code": 0, "message": ""})
    call.finish(error["code"], error["message"])
    with wire:
        answer = wire.whole()
    if error["code"] and not row["messages"]:
        assert answer.status == row["expect"]["http"]
        assert answer.json() == {**error, "details": []}
        return
    last = [{"error": {**error, "details": []}}] if error["code"] else []
    assert (answer.status, elements(form, answer.body)) == (200, row["messages"] + last)


def test_a_field_of_the_answer(served, table):
    assert table["stream:response-body-field"]
    wire, call = served.call("GET", "/inner/7", fields={"accept": ARRAY})
    call.send(served.item(inner=dict(id="One")), served.item(inner=dict(id="Two"))).finish()
    with wire:
        assert wire.whole().json() == [{"id": "One"}, {"id": "Two"}]


@pytest.mark.parametrize("fields", [JSON, NDJSON])
@pytest.mark.parametrize("row", ["stream:request", "stream:request-empty"])
def test_a_request(served, table, row, fields):
    served.backend.play = counting(served)
    messages = table[row]["messages"]
    body = (json.dumps(messages) if fields is JSON
            else "".join(json.dumps(message) + "\n" for message in messages)).encode()
    assert served.ask("POST", "/collect", body, fields).status == 200
    assert served.items(served.backend.next().requests) == messages


def test_bindings_are_of_the_first_message(served, table):
    assert "first message only" in table["stream:request-bindings"]["why"]
    served.backend.play = counting(served)
    assert served.ask("POST", "/collect/p", b"[{},{}]", JSON).status == 200
    assert served.items(served.backend.next().requests) == [{"id": "p"}, {}]


def test_no_cut_changes_anything(served, table):
    assert table["stream:chunk-boundaries"]["basis"] == "agreed"
    served.backend.play = counting(served)
    body = b'[{"id":"One"},{"id":"Two"}]'
    with StreamWire(served.port) as wire:
        for cut in range(1, len(body)):
            wire.send(request("POST", "/collect", fields={
                **JSON, "transfer-encoding": "chunked"}))
            wire.send(chunked(body[:cut], body[cut:]))
            assert wire.whole().status == 200
            assert len(served.backend.next().requests) == 2
