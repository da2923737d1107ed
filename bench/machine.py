"""Where the numbers come from: a number without its machine says little."""

import os
import pathlib
import platform
import re
import subprocess
import time

import procs

GLANCE_SECONDS = 0.05
LONGEST_REST_SECONDS = 3


def rest():
    """Waits until what was asked before is over: docker-registry is still at work for a while when its
    clients have left, which whoever came next in the round paid for."""
    end = time.monotonic() + LONGEST_REST_SECONDS
    while time.monotonic() < end:
        before = at_work(ticks())
        time.sleep(GLANCE_SECONDS)
        if at_work(ticks()) - before <= 1:
            return


def at_work(of):
    """Those in which processors had something to do."""
    return sum(of) - of[3] - of[4]


def ticks():
    """What all processors were at so far, by kind."""
    return list(map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))


class Others:
    """What programs that are no part of the run take of the processors meanwhile."""

    def __init__(self, processes):
        self.processes = processes
        self.before = self._now()

    def percent(self):
        total, busy, ours = (b - a for a, b in zip(self.before, self._now()))
        return max(0.0, 100 * (busy - ours) / total)

    def _now(self):
        now = ticks()
        clients = os.times()
        ours = sum(clients[:4]) + sum(process.cpu_seconds() for process in self.processes)
        return sum(now) / procs.TICKS, at_work(now) / procs.TICKS, ours


def describe(home):
    return {
        "cpus": os.cpu_count(),
        "processor": first(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()),
        "memory MB": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
        "kernel": platform.release(),
        "load average at the end": os.getloadavg(),
        "nginx": first(r"nginx/(\S+)", said([procs.find("nginx"), "-v"])),
        "docker-registry": first(r"(\d+\.\S+)", said(["docker-registry", "--version"])),
        "java": first(r'version "(\S+)"', said([said([home / "layover", "--java"]), "-version"])),
        "java options": os.environ.get("LAYOVER_JAVA_OPTS", "the launcher's"),
        "commit": said(["git", "-C", home, "describe", "--always", "--dirty"]),
    }


def said(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.stdout.strip()


def first(pattern, text):
    found = re.search(pattern, text)
    return found and found.group(1)
