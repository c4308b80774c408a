"""Starting and stopping the programs under test, bounded in time."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 20


def binary(name):
    folder = os.environ.get("TRANSOM_BIN") or ROOT / ".build" / "debug"
    path = pathlib.Path(folder) / name
    assert path.exists(), f"{path} is not built; run `make end-to-end`"
    return str(path)


def free_port():
    """A port that nobody listens on, for peers that are meant to be dead."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A child process whose output is kept, line by line; `stdout` sends it elsewhere."""

    def __init__(self, arguments, stdout=subprocess.PIPE, **options):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
            text=True, errors="replace", **options)
        self.out, self.err = [], []
        self.pipes = [(pipe, lines) for pipe, lines in
                      ((self.process.stdout, self.out), (self.process.stderr, self.err)) if pipe]
        self.threads = [threading.Thread(target=self._gather, args=pair, daemon=True)
                        for pair in self.pipes]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _gather(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def wait_for(self, pattern, where=None, seconds=START_SECONDS):
        """The first match of `pattern` in the output (standard error unless told otherwise)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in list(self.err if where is None else where):
                found = re.search(pattern, line)
                if found:
                    return found
            if self.process.poll() is not None:
                self._join()
                raise AssertionError(
                    f"exited {self.process.returncode} before {pattern!r}:\n" + self.text())
            time.sleep(0.01)
        raise AssertionError(f"no {pattern!r} in {seconds} s:\n" + self.text())

    def text(self):
        """The last lines it said, and where it crashed if it did."""
        crash = [line for line in self.err
                 if re.search(r"Fatal error|crashed|^ *[0-9] .* in ", line)]
        return "\n".join(self.out[-15:] + (crash[:12] or self.err[-30:]))

    def ended(self, seconds=STOP_SECONDS):
        """The exit code of a process that ends by itself or was told to."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop in {seconds} s:\n" + self.text()) from None
        self._join()
        for pipe, _ in self.pipes:
            pipe.close()
        return code

    def stop(self, with_signal=signal.SIGTERM):
        """Ends the process and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.ended()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)

    def _join(self):
        for thread in self.threads:
            thread.join(2)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        """Ends the process; one that dies or does not drain fails the test that used it."""
        if kind is not None:
            self.kill()
            return
        code = self.stop()
        assert code == 0, f"exit {code}:\n" + self.text()


class Gateway(Program):
    """A running gateway on ports of its own."""

    def __init__(self, config, env=None, **options):
        super().__init__(self.arguments(config),
                         env={**os.environ, **(env or {})}, **options)
        try:
            self.port = int(self.wait_for(r"listening on https?://127\.0\.0\.1:(\d+)").group(1))
            self.admin_port = int(self.wait_for(r"admin on http://127\.0\.0\.1:(\d+)").group(1))
        except BaseException:
            self.kill()
            raise

    def arguments(self, config):
        """The command that runs it."""
        return [binary("transom"), "serve", "--config", str(config)]


class DemoBackend(Program):
    """The sample backend on a port of its own."""

    def __init__(self, address="127.0.0.1:0"):
        super().__init__([binary("demo-backend"), "--address", address])
        try:
            listening = self.wait_for(r"listening on 127\.0\.0\.1:(\d+)", where=self.out)
        except BaseException:
            self.kill()
            raise
        self.address = f"127.0.0.1:{listening.group(1)}"


def run(arguments, seconds=60, **options):
    """Runs a command to its end; its exit code, output and errors."""
    return subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, **options)
