"""The clients: curl for large bodies, wrk for many requests."""

import asyncio
import dataclasses
import hashlib
import re
import subprocess
import time
import urllib.parse

import machine
from content import MANIFEST_TYPE

PATIENCE = 120

# docker-registry denies having an OCI manifest to those who do not say that they want one.
ACCEPT = f"Accept: {MANIFEST_TYPE}"


class Failed(Exception):
    """A client did not get what it asked for."""


def moving(server, name, size, scenario, results, work):
    """How fast so many bytes pass a server by a piece of work, which returns its seconds."""
    machine.rest()
    cpu = server.process.cpu_seconds()
    seconds = work()
    cpu = server.process.cpu_seconds() - cpu
    results.add(scenario, name, "MB/s", size / 1e6 / seconds)
    results.add(scenario, name, "CPU s/GB", cpu / (size / 1e9))


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


def swarm(lists):
    """A client for each list of URLs, all at the same time, each with one connection for all of its
    URLs; returns the seconds, and the digests of all that they got."""
    begin = time.monotonic()
    got = asyncio.run(_swarm(lists))
    return time.monotonic() - begin, [digest for one in got for digest in one]


async def _swarm(lists):
    return await asyncio.wait_for(asyncio.gather(*map(_fetch, lists)), PATIENCE)


async def _fetch(urls):
    host, port = urllib.parse.urlsplit(urls[0]).netloc.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    got = []
    for url in urls:
        path = urllib.parse.urlsplit(url).path
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
        if b" 200 " not in head.split(b"\r\n", 1)[0] or not length:
            raise Failed(f"{url}: {head!r}")
        body = await reader.readexactly(int(length[1]))
        got.append("sha256:" + hashlib.sha256(body).hexdigest())
    writer.close()
    return got


def pull(urls, at_once):
    """Fetches as docker does, so many at a time; returns the seconds."""
    command = ["curl", "-s", "-S", "-f", "-Z", "--parallel-max", str(at_once),
               "--max-time", str(PATIENCE), "-H", ACCEPT]
    for url in urls:
        command += ["-o", "/dev/null", url]
    begin = time.monotonic()
    client = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    if client.returncode:
        raise Failed(f"curl {urls[0]} …: exit {client.returncode}, {client.stdout!r}")
    return time.monotonic() - begin


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
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s",
               "--timeout", f"{PATIENCE}s", "--latency", "-H", ACCEPT]
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


def ab(url, connections, seconds):
    """Asks for the head again and again, which wrk cannot, by HTTP/1.0; returns the answers per second."""
    client = subprocess.Popen(
        ["ab", "-q", "-k", "-i", "-c", str(connections), "-t", str(seconds),
         "-n", str(1_000_000 * seconds), "-H", ACCEPT, url],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = client.communicate(timeout=seconds + PATIENCE)[0]
    finally:
        kill([client])
    done, failed, kept = (int(found[1]) if (found := re.search(rf"{what} requests: +(\d+)", said)) else 0
                          for what in ("Complete", "Failed", "Keep-Alive"))
    if not done or failed or kept < done or "Non-2xx" in said:
        raise Failed(f"ab {url}: {said}")
    return float(re.search(r"Requests per second: +([\d.]+)", said)[1])


def percentile(said, name):
    value, unit = re.search(rf"{name}\s+([\d.]+)(us|ms|s|m)\b", said).groups()
    return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]
