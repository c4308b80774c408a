"""What `make run` starts, and the curl lines it prints."""
import re

import pytest

from processes import binary, run
from wire import ask

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
