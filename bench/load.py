"""The clients: curl for large bodies, wrk for many requests."""

import dataclasses
import hashlib
import re
import subprocess
import time

from content import MANIFEST_TYPE

PATIENCE = 120


class Failed(Exception):
    """A client did not get what it asked for."""


def curl(urls, size, options=()):
    """Fetches all at the same time; returns the seconds from the first start to the last end."""
    begin = time.monotonic()
    clients = [
        subprocess.Popen(
            ["curl", "-s", "-S", "-o", "/dev/null", "--max-time", str(PATIENCE),
             "-w", "%{http_code} %{size_download}", *options, url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for url in urls]
    try:
        said = [client.communicate()[0] for client in clients]
    finally:
        kill(clients)
    seconds = time.monotonic() - begin
    for client, text in zip(clients, said):
        if client.returncode or text != f"200 {size}":
            raise Failed(f"curl {urls[0]}: exit {client.returncode}, {text!r}")
    return seconds


def digests(urls):
    """Fetches all at the same time; returns the digest of what each client got."""
    clients = [
        subprocess.Popen(["curl", "-s", "-S", "--max-time", str(PATIENCE), url],
                         stdout=subprocess.PIPE)
        for url in urls]
    hashes = [hashlib.sha256() for _ in clients]
    try:
        left = list(zip(clients, hashes))
        while left:
            for client, digest in list(left):
                chunk = client.stdout.read1(1 << 20)
                digest.update(chunk)
                if not chunk:
                    left.remove((client, digest))
    finally:
        kill(clients)
    return ["sha256:" + digest.hexdigest() for digest in hashes]


def kill(clients):
    for client in clients:
        if client.poll() is None:
            client.kill()
        client.wait()


@dataclasses.dataclass
class Rate:
    """What many requests, one after another on each connection, came to."""

    per_second: float
    median_ms: float
    p99_ms: float


def wrk(url, connections, seconds, headers=()):
    """Asks again and again."""
    # docker-registry denies having an OCI manifest to those who do not say that they want one.
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s",
               "--latency", "-H", f"Accept: {MANIFEST_TYPE}"]
    for header in headers:
        command += ["-H", header]
    client = subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True)
    try:
        said = client.communicate(timeout=seconds + PATIENCE)[0]
    finally:
        kill([client])
    if "Non-2xx" in said or "Socket errors" in said:
        raise Failed(f"wrk {url}: {said}")
    done, took = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said).group(1, 2)
    return Rate(int(done) / float(took), percentile(said, "50%"), percentile(said, "99%"))


def percentile(said, name):
    value, unit = re.search(rf"{name}\s+([\d.]+)(us|ms|s|m)\b", said).groups()
    return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
