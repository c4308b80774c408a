"""What `make run` starts, and the curl lines it prints."""
import os
import pathlib
import re
import signal
import time

import pytest

from backends import wait_until
from processes import ROOT, Program, binary, free_port, run
from wire import Wire, ask, request


def curl(gateway, arguments):
    """Runs a curl line of the sample against the gateway; head and body of the answer."""
    arguments = [word.replace("localhost:8080", f"127.0.0.1:{gateway.port}") for word in arguments]
    done = run(["curl", "-sS", "-m", "20", "-i", *arguments])
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.replace("\r", "").partition("\n\n")
    return head, body


def test_the_three_curl_lines_work(sample):
    head, body = curl(sample, ["localhost:8080/v1/users/42"])
    assert head.startswith("HTTP/1.1 200 ")
    assert re.search(r'"id":\s*"42"', body) and '"createdAt"' in body
    head, body = curl(sample, ["localhost:8080/v1/users", "-H", "content-type: application/json",
                               "-d", '{"id": "ada", "name": "Ada"}'])
    assert head.startswith("HTTP/1.1 201 ") and "location: /v1/users/ada" in head
    assert '"name":"Ada"' in body
    head, body = curl(sample, ["-X", "DELETE", "localhost:8080/v1/users/ada", "-i"])
    assert head.startswith("HTTP/1.1 204 ") and body == ""


@pytest.mark.parametrize("identifier", ["1", "100"])
def test_the_sample_has_users_1_to_100(sample, identifier):
    assert ask(sample.port, "GET", f"/users/{identifier}").json()["id"] == identifier


def test_there_is_no_user_101(sample):
    assert ask(sample.port, "GET", "/v1/users/101").json() == {
        "code": 5, "message": "user '101' not found", "details": []}


def test_transom_health_finds_the_sample(sample):
    done = run([binary("transom"), "health", "--address", f"127.0.0.1:{sample.admin_port}"])
    assert (done.returncode, done.stdout.strip()) == (0, "ready")


@pytest.fixture
def started():
    """`make run`'s script as it runs in a terminal: the leader of a process group."""
    ports = [free_port() for _ in range(3)]
    names = ["TRANSOM_LISTEN_ADDRESS", "TRANSOM_ADMIN_ADDRESS", "TRANSOM_USERS_ADDRESS"]
    env = {name: f"127.0.0.1:{port}" for name, port in zip(names, ports)}
    folder = str(pathlib.Path(binary("transom")).parent)
    program = Program(["bash", str(ROOT / ".ci" / "sample"), folder],
                      env={**os.environ, **env}, start_new_session=True)
    program.port = ports[0]
    try:
        program.wait_for("Ctrl-C stops both", where=program.out)
        # `sleep` may still be there.
        assert wait_until(lambda: len(children(program.process.pid)) == 2)
        program.children = children(program.process.pid)
        yield program
    finally:
        # A script that is killed takes nobody with it.
        if program.process.poll() is None:
            for pid in children(program.process.pid):
                os.kill(pid, signal.SIGKILL)
        program.kill()


def children(pid):
    return [int(found) for found in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def have_gone(pids):
    return wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


def test_one_interrupt_lets_what_runs_end(started):
    with Wire(started.port) as wire:
        sent = request("POST", "/v1/users", {"id": "late", "name": "Late"})
        wire.send(sent[:-5])
        time.sleep(0.3)  # nothing tells that the bytes have been read
        os.killpg(started.process.pid, signal.SIGINT)
        started.wait_for("stopping", seconds=5)
        time.sleep(0.5)
        answer = wire.send(sent[-5:]).answer()
        assert (answer.status, answer.field("connection")) == (201, "close")
    assert started.ended(10) == 0
    assert have_gone(started.children)


def test_a_second_interrupt_ends_all_at_once(started):
    with Wire(started.port) as wire:
        wire.send(request("POST", "/v1/users", {"id": "late", "name": "Late"})[:-5])
        time.sleep(0.3)
        os.killpg(started.process.pid, signal.SIGINT)
        started.wait_for("stopping", seconds=5)
        os.killpg(started.process.pid, signal.SIGINT)
        assert started.ended(3) == 130
    assert have_gone(started.children)
