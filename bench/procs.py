"""The processes that a run starts: each is watched, and none outlives the run."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def find(program):
    """Where a program is; servers are often outside of a user's PATH."""
    home = pathlib.Path.home()
    return shutil.which(
        program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:{home}/go/bin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server and its children, such as nginx's workers."""

    def __init__(self, popen):
        self.popen = popen

    def pids(self):
        children = pathlib.Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children")
        return [self.popen.pid, *map(int, children.read_text().split())]

    def cpu_seconds(self):
        """User and system time so far."""
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss(self):
        """The bytes that are resident now."""
        return self._status("VmRSS:")

    def peak_rss(self):
        """The most bytes that were resident at a time, as the kernel noted it."""
        return self._status("VmHWM:")

    def _status(self, field):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field):
                    total += int(line.split()[1]) << 10
        return total


class Processes:
    """Starts servers in `work`, and stops all of them at the end."""

    def __init__(self, work):
        self.work = work
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for popen in self.running:
            signal_group(popen, signal.SIGTERM)
        for popen in self.running:
            try:
                popen.wait(timeout=5)
            except subprocess.TimeoutExpired:
                signal_group(popen, signal.SIGKILL)
                popen.wait()

    def stop(self, process):
        """Stops one server now."""
        signal_group(process.popen, signal.SIGTERM)
        process.popen.wait(timeout=30)
        self.running.remove(process.popen)

    def start(self, name, command, port, env=None, patience=180):
        """Starts a server and waits until it listens. What it says goes to a file."""
        with open(self.work / f"{name}.log", "wb") as log:
            popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     cwd=self.work, env={**os.environ, **(env or {})},
                                     start_new_session=True)
        self.running.append(popen)
        end = time.monotonic() + patience
        while not listens(port):
            if popen.poll() is not None or time.monotonic() > end:
                said = (self.work / f"{name}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} does not start:\n{said}")
            time.sleep(0.005)
        return Process(popen)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def signal_group(popen, number):
    try:
        os.killpg(popen.pid, number)
    except ProcessLookupError:
        pass
