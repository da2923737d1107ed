"""The clients: curl for large bodies, wrk for many requests."""

import hashlib
import re
import subprocess
import time

from content import MANIFEST_TYPE

PATIENCE = 120


class Failed(Exception):
    """A client did not get what it asked for."""


def curl(urls, size):
    """Fetches all at the same time; returns the seconds from the first start to the last end."""
    begin = time.monotonic()
    clients = [
        subprocess.Popen(
            ["curl", "-s", "-S", "-o", "/dev/null", "--max-time", str(PATIENCE),
             "-w", "%{http_code} %{size_download}", url],
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


def wrk(url, connections, seconds):
    """Asks again and again; returns requests per second."""
    # docker-registry denies having an OCI manifest to those who do not say that they want one.
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s",
               "-H", f"Accept: {MANIFEST_TYPE}", url]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = client.communicate(timeout=seconds + PATIENCE)[0]
    finally:
        kill([client])
    if "Non-2xx" in said or "Socket errors" in said:
        raise Failed(f"wrk {url}: {said}")
    done, took = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said).group(1, 2)
    return int(done) / float(took)
