"""Every command and every configuration of the README works as it stands there."""
import re
import shlex

import pytest

from processes import ROOT, DemoBackend, binary, run

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


LINES = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()
         if line.strip() and not line.startswith("#")]
ROUTE, CONFIG, REFLECTION = blocks("yaml")[:3]


def test_each_line_is_of_a_kind_that_is_tested_here():
    assert all(line.split()[0] in ("make", "curl") for line in LINES), LINES
    assert sum(line.startswith("curl") for line in LINES) >= 3


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make")])
def test_a_make_line_has_its_target(line):
    # What `make run` and `make test` do is what the other tests do; running them here would nest.
    assert run([*shlex.split(line), "-n"], cwd=ROOT).returncode == 0


def test_the_curl_lines_answer_in_their_order(sample):
    for line in (line for line in LINES if line.startswith("curl")):
        words = shlex.split(line.replace("localhost:8080", f"127.0.0.1:{sample.port}"))
        done = run([*words, "-sS", "-m", "20", "--fail"])
        assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_the_configuration_and_the_route_are_accepted(tmp_path):
    (tmp_path / "protos").symlink_to(ROOT / "protos")
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "route.yaml").write_text(ROUTE)
    (tmp_path / "transom.yaml").write_text(CONFIG)
    done = run([binary("transom"), "check", "--config", "transom.yaml"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_configuration_with_reflection_is_accepted(tmp_path):
    with DemoBackend() as backend:
        text = REFLECTION.replace("localhost:50051", backend.address)
        (tmp_path / "transom.yaml").write_text(text)
        done = run([binary("transom"), "routes", "--config", "transom.yaml"], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "/user.v1.UserService/GetUser" in done.stdout


def test_each_call_of_the_command_is_known():
    calls = re.findall(r"^\| `transom (\w+)[^`]*` \|", README, flags=re.M)
    assert sorted(calls) == ["check", "explain", "health", "routes", "serve"]
    for call in calls:
        done = run([binary("transom"), call, "--help"])
        assert done.returncode == 0 and "EXAMPLE" in done.stdout


def test_the_flags_in_the_table_are_the_commands(tmp_path):
    for call, rest in re.findall(r"^\| `transom (\w+)([^`]*)` \|", README, flags=re.M):
        text = run([binary("transom"), call, "--help"]).stdout
        for flag in re.findall(r"--\w+", rest):
            assert flag in text, (call, flag)


def test_the_mistyped_key_is_answered_as_shown(tmp_path):
    ((shown,),) = [block.splitlines()[1:] for block in blocks("console")]
    (tmp_path / "broken.yaml").write_text(CONFIG.replace("- address:", "- adress:"))
    (tmp_path / "protos").symlink_to(ROOT / "protos")
    (tmp_path / "routes").symlink_to(ROOT / "routes")
    done = run([binary("transom"), "check", "--config", "broken.yaml"], cwd=tmp_path)
    assert done.returncode == 78
    assert shown in done.stderr.splitlines()
