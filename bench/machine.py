"""Where the numbers come from: a number without its machine says little."""

import os
import pathlib
import platform
import re
import subprocess

import procs


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
