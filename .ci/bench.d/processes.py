"""Processes of the bench: started on a core, measured through /proc, ended with all they began."""
import contextlib
import os
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Child:
    """A program with the processes it begins, kept on one core."""

    def __init__(self, argv, core, log, stdout=None):
        self.name = os.path.basename(argv[0])
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stdout or errors,
                stderr=errors,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            )

    @property
    def pid(self):
        return self.process.pid

    def check(self):
        """Raises with the end of its log when the program has ended."""
        if self.process.poll() is not None:
            code = self.process.returncode
            raise RuntimeError(f"{self.name} ended with {code}: {self.last_words()}")

    def last_words(self):
        """The end of its log."""
        with open(self.log, errors="replace") as lines:
            return "".join(lines.readlines()[-8:]).strip()

    def cpu_seconds(self):
        """User and system time of the program and its processes."""
        return sum(_stat(pid)[1] for pid in self.family())

    def resident_mib(self):
        return sum(_stat(pid)[2] for pid in self.family()) / (1 << 20)

    def family(self):
        """The program and all processes below it that run now."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    parents.setdefault(_stat(int(entry))[0], []).append(int(entry))
        found, rest = [], [self.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            rest += parents.get(pid, [])
        return found

    def stop(self):
        # It ends its own workers when it is asked alone; whatever stays is ended by force.
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(5)


def busy_seconds():
    """Time that all cores together have not been idle."""
    with open("/proc/stat") as lines:
        fields = [int(field) for field in lines.readline().split()[1:]]
    idle, iowait, guests = fields[3], fields[4], sum(fields[8:])
    return (sum(fields) - idle - iowait - guests) / TICKS


def wait_until(ready, child, seconds=15):
    """Asks `ready()` until it answers true, and returns the seconds since `child` was started."""
    start = time.monotonic()
    while True:
        child.check()
        with contextlib.suppress(OSError):
            if ready():
                return time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise RuntimeError(
                f"{child.name} gave no right answer within {seconds} s: {child.last_words()}"
            )
        time.sleep(0.001)


def _stat(pid):
    """Parent, CPU seconds and resident bytes of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    # Behind the name: state is field 3 of proc(5), parent 4, utime 14, stime 15, rss 24.
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE
