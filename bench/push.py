"""Blobs that are pushed: one large one, and many at the same time."""

import dataclasses
import hashlib
import os
import subprocess
import time

import load

CROWD = 64
CROWD_SIZE = 100 << 20
SMALL_SIZE = 10 << 20
WARMING = 4
CHUNK = 1 << 20


def warm_up(field, files):
    """Pushes that are not counted: the JVM compiles what a push takes, as `warm` has it do for reads."""
    for server in field.push_targets():
        for _ in range(WARMING if server is field.hosted else 1):
            blob = files.cold()
            push(server, files.path(blob), blob)
            server.forget(blob)


def one(field, files, results, turn):
    """The large blob as docker pushes it: POST, PATCH, PUT. Beside it, what one thread allows."""
    scenario = f"push {files.large.size >> 20} MB"
    servers = field.push_targets()
    for server in servers[turn % len(servers):] + servers[:turn % len(servers)]:
        blob = files.cold()
        load.moving(server, server.name, blob.size, scenario, results,
                    lambda: push(server, files.path(blob), blob))
        server.forget(blob)
    results.add(scenario, "one thread", "MB/s", files.large.size / 1e6 / floor(files))


def push(server, path, blob):
    begin = time.monotonic()
    location = finish(patch(server, server.begin_upload(), path))
    server.end_upload(location, blob.digest)
    return time.monotonic() - begin


def whole(server, path, blob):
    """In one request, which names the digest; returns the seconds."""
    begin = time.monotonic()
    url = server.at(server.begin_upload())
    url += f"{'&' if '?' in url else '?'}digest={blob.digest}"
    said = subprocess.run(
        ["curl", "-s", "-S", "-X", "PUT", "-T", path, "--max-time", str(load.PATIENCE),
         "-H", "Content-Type: application/octet-stream", "-H", "Expect:",
         "-o", "/dev/null", "-w", "%{http_code}", url],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
    if said != "201":
        raise load.Failed(f"PUT: {said!r}")
    return time.monotonic() - begin


def patch(server, location, path):
    return subprocess.Popen(
        ["curl", "-s", "-S", "-X", "PATCH", "-T", path, "--max-time", str(load.PATIENCE),
         "-H", "Content-Type: application/octet-stream", "-H", "Expect:",
         "-o", "/dev/null", "-w", "%{http_code} %header{location}", server.at(location)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(client):
    """The Location to go on at."""
    said = client.communicate()[0]
    if client.returncode or not said.startswith("202 "):
        raise load.Failed(f"PATCH: exit {client.returncode}, {said!r}")
    return said.split(" ", 1)[1]


def floor(files):
    """Seconds in which one thread hashes the large blob, writes it and waits for the disk."""
    target = files.root / "floor"
    digest = hashlib.sha256()
    begin = time.monotonic()
    with open(files.path(files.large), "rb") as source, open(target, "wb") as file:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.monotonic() - begin
    target.unlink()
    return seconds


@dataclasses.dataclass
class Ending:
    """The last bytes of one of many blobs that begin alike, and the digest of the whole."""

    tail: bytes
    digest: str
    size: int


def crowd(field, files, results, _turn):
    """64 blobs at the same time, to a Layover that does nothing else: how much memory it takes."""
    server = field.fresh("layover-pushed")
    trunk = Trunk(files, CROWD_SIZE)
    seconds = trunk.push(server)
    scenario = f"push {CROWD} × {trunk.size >> 20} MB at once"
    results.add(scenario, "layover", "MB/s", CROWD * trunk.size / 1e6 / seconds)
    results.add(scenario, "layover", "peak MB", server.peak_rss() / 1e6)
    trunk.remove()
    server.stop()


def small(field, files, results, turn):
    """64 smaller blobs at the same time, to each registry."""
    trunk = Trunk(files, SMALL_SIZE)
    scenario = f"push {CROWD} × {trunk.size >> 20} MB"
    servers = field.push_targets()
    for server in servers[turn % len(servers):] + servers[:turn % len(servers)]:
        load.moving(server, server.name, CROWD * trunk.size, scenario, results,
                    lambda: trunk.push(server))
    trunk.remove()


class Trunk:
    """What many blobs begin with, of which each has another end."""

    def __init__(self, files, size):
        self.path = files.root / "trunk"
        self.size = min(size, files.large.size)
        self._hashed = hashlib.sha256()
        with open(files.path(files.large), "rb") as source, open(self.path, "wb") as file:
            for at in range(0, self.size, CHUNK):
                chunk = source.read(min(CHUNK, self.size - at))
                self._hashed.update(chunk)
                file.write(chunk)

    def push(self, server):
        """The seconds until all of them are there."""
        begin = time.monotonic()
        clients = [patch(server, server.begin_upload(), self.path) for _ in range(CROWD)]
        try:
            locations = [finish(client) for client in clients]
        finally:
            load.kill(clients)
        blobs = []
        for location in locations:
            blobs.append(end(self._hashed, self.size))
            server.end_upload(location, blobs[-1].digest, blobs[-1].tail)
        seconds = time.monotonic() - begin
        for blob in blobs:
            server.forget(blob)
        return seconds

    def remove(self):
        self.path.unlink()


def end(hashed, size):
    tail = os.urandom(16)
    digest = hashed.copy()
    digest.update(tail)
    return Ending(tail, "sha256:" + digest.hexdigest(), size + len(tail))
