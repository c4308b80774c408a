"""The sample's streams, as the README's reader meets them: by curl and by a WebSocket."""
import json
import subprocess
import threading

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from processes import run
from streaming import ARRAY, EVENTS, LINES, elements


def curl(sample, path, *arguments):
    done = run(["curl", "-sS", "-N", "-m", "10", "--fail-with-body", *arguments,
                f"http://127.0.0.1:{sample.port}{path}"])
    assert done.returncode == 0, done
    return done.stdout.encode()


@pytest.mark.parametrize("form", [LINES, ARRAY, EVENTS])
def test_users_are_listed_in_every_format(sample, form):
    body = curl(sample, "/v1/users?page_size=3", "-H", f"accept: {form}")
    users = elements(form, body)
    assert [user["id"] for user in users] == ["1", "2", "3"]
    if form == EVENTS:
        assert [line for line in body.split(b"\n") if line.startswith(b"id: ")] == [
            b"id: 1", b"id: 2", b"id: 3"]


@pytest.mark.parametrize(("kind", "body"), [
    ("application/x-ndjson", '{"id":"l1","name":"L"}\n{"id":"l2","name":"L"}\n'),
    ("application/json", '[{"id":"a1","name":"A"},{"id":"a2","name":"A"}]')])
def test_users_are_imported(sample, kind, body):
    answer = curl(sample, "/v1/users:import", "-H", f"content-type: {kind}", "--data-binary", body)
    assert json.loads(answer) == {"createdCount": 2}
    first = json.loads(body.split("\n")[0])
    for user in first if isinstance(first, list) else [first]:
        assert json.loads(curl(sample, f"/v1/users/{user['id']}"))["name"] == user["name"]
        curl(sample, f"/v1/users/{user['id']}", "-X", "DELETE")


def test_a_chat_by_curl_answers_line_by_line(sample):
    process = subprocess.Popen(
        ["curl", "-sS", "-N", "-T", ".", "-X", "POST", "-H", "content-type: application/x-ndjson",
         f"http://127.0.0.1:{sample.port}/v1/chat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = threading.Timer(20, process.kill)
    watch.start()
    try:
        for text in ("hello", "again"):
            process.stdin.write(json.dumps({"userId": "1", "message": text}).encode() + b"\n")
            process.stdin.flush()
            assert text in json.loads(process.stdout.readline())["message"]
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest) == (0, b""), errors
    finally:
        watch.cancel()
        process.kill()


def test_a_chat_by_websocket_answers_frame_by_frame(sample):
    with connect(f"ws://127.0.0.1:{sample.port}/v1/chat", open_timeout=10, proxy=None) as socket:
        for text in ("hello", "again"):
            socket.send(json.dumps({"userId": "1", "message": text}))
            assert text in json.loads(socket.recv(timeout=5))["message"]
        socket.send("")
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(timeout=5)
        assert raised.value.rcvd.code == 1000
