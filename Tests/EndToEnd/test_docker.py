"""The stages of docker/Dockerfile, run in a plain folder: no container engine is needed.

The commands are taken from the file itself; only the absolute paths that a container would have to
itself are moved into the folder.
"""
import json
import os
import re

import pytest

from processes import ROOT, Program, free_port, run

PLAIN = ROOT / ".build" / "docker"
BUILD_SECONDS = 1500


def stages():
    """The instructions of each stage: name -> [(instruction, arguments)]."""
    text = (ROOT / "docker" / "Dockerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    found, current = {}, None
    for line in filter(str.strip, text.splitlines()):
        instruction, _, arguments = line.strip().partition(" ")
        if instruction == "FROM":
            current = re.search(r" AS (\w+)$", arguments).group(1)
            found[current] = []
        found[current].append((instruction, " ".join(arguments.split())))
    return found


STAGES = stages()


def commands(stage, instruction):
    return [arguments for name, arguments in STAGES[stage] if name == instruction]


def installed(stage):
    """The Debian packages that a stage installs."""
    words = " ".join(commands(stage, "RUN")).split("apt-get install -y --no-install-recommends")[1]
    return words.split("&&")[0].split()


@pytest.mark.parametrize("stage", STAGES)
def test_each_package_of_a_stage_exists(stage):
    for package in installed(stage):
        assert run(["apt-cache", "show", package]).returncode == 0, package


@pytest.fixture(scope="module")
def out():
    """What the build stage leaves in /out."""
    source = PLAIN / "src"
    source.mkdir(parents=True, exist_ok=True)
    for arguments in commands("build", "COPY"):
        *names, target = arguments.split()
        for name in names:
            # Times are kept, so that a second run builds only what has changed.
            run(["cp", "-a", "-T", str(ROOT / name),
                 str(source / (name if target == "./" else target))], seconds=60).check_returncode()
    (build,) = [c for c in commands("build", "RUN") if "swift build" in c]
    build = build.replace("/out", str(PLAIN / "out"))
    done = run(["bash", "-euc", build], seconds=BUILD_SECONDS, cwd=source)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return PLAIN / "out"


def test_the_binaries_need_no_swift_libraries(out):
    for name in ("transom", "demo-backend"):
        needed = run(["ldd", str(out / name)]).stdout
        assert "libswift" not in needed and "libFoundation" not in needed


# protobuf-compiler needs libstdc++6, and that libc6 and libgcc-s1.
COME_ALONG = {"libc6", "libgcc-s1", "libstdc++6"}


def package_of(library):
    """The Debian package of a file; older ones name it without /usr."""
    for path in (library, "/usr" + library, os.path.realpath(library)):
        found = run(["dpkg", "-S", path])
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise AssertionError(f"{library} is of no package")


@pytest.mark.parametrize("name", ["transom", "demo-backend"])
def test_the_run_stage_has_every_library_that_is_needed(out, name):
    libraries = re.findall(r"=> (/\S+)", run(["ldd", str(out / name)]).stdout)
    assert libraries
    assert {package_of(one) for one in libraries} <= set(installed("run")) | COME_ALONG


def test_the_run_stage_serves_and_its_health_check_passes(out, tmp_path):
    assert commands("run", "USER") == ["transom"]
    assert commands("run", "ENTRYPOINT") == ['["transom"]']
    backend = Program([str(out / "demo-backend"), "--address", "127.0.0.1:0"])
    gateway = None
    try:
        address = backend.wait_for(r"listening on (\S+)", where=backend.out).group(1)
        admin = free_port()
        config = tmp_path / "transom.yaml"
        text = (ROOT / "docker" / "transom.yaml").read_text()
        config.write_text(text.replace("../", f"{ROOT}/"))
        serve = json.loads(commands("run", "CMD")[0])
        serve[serve.index("/etc/transom/transom.yaml")] = str(config)
        env = {**os.environ, "TRANSOM_USERS_ADDRESS": address,
               "TRANSOM_LISTEN_ADDRESS": "127.0.0.1:0",
               "TRANSOM_ADMIN_ADDRESS": f"127.0.0.1:{admin}"}
        gateway = Program([str(out / "transom"), *serve], env=env)
        port = gateway.wait_for(r"listening on http://127\.0\.0\.1:(\d+)").group(1)
        answer = run(["curl", "-s", "-m", "10", f"http://127.0.0.1:{port}/v1/users/42"])
        assert '"id":"42"' in answer.stdout
        (health,) = commands("run", "HEALTHCHECK")
        check = json.loads(health.split("CMD", 1)[1].strip())
        path = {**os.environ, "PATH": f"{out}:{os.environ['PATH']}"}
        # In the container the admin address is the default one.
        done = run([*check, "--address", f"127.0.0.1:{admin}"], env=path)
        assert (done.returncode, done.stdout) == (0, "ready\n")
    finally:
        for program in filter(None, (gateway, backend)):
            program.stop()


def test_compose_names_what_is_there():
    text = (ROOT / "docker" / "compose.yaml").read_text()
    for source in re.findall(r"- (\.\.?/[\w./]+):", text):
        assert (ROOT / "docker" / source).exists(), source
    for name in re.findall(r"(TRANSOM_\w+):", text):
        assert name in (ROOT / "docker" / "transom.yaml").read_text(), name
