"""A day of a mirror in two minutes: hits, misses, pushes and evictions, all at the same time."""

import bisect
import collections
import hashlib
import http.client
import itertools
import os
import random
import statistics
import threading
import time

import load

SECONDS = 120
CLIENTS = 8
BLOBS = 400
SIZE = 1 << 20
ROOM = 300 << 20  # Not enough for all: the rarely asked for come and go.
PUSHES = 0.02
PUSH_SIZE = 256 << 10
SKEW = 0.9
WINDOW = 5


def day(field, files, results, turn):
    """A day in two minutes, only in the first round."""
    if turn:
        return
    names = [files.another(SIZE).digest for _ in range(BLOBS)]
    server = field.fresh("layover-day", remote=field.upstream.address(),
                         proxy=f"  maxsize: {ROOM}\n  hosted: ['private/*']\n")
    log = collections.deque()
    clients = [threading.Thread(target=ask, args=(server, names, log, seed), daemon=True)
               for seed in range(CLIENTS)]
    begin = time.monotonic()
    for client in clients:
        client.start()
    while time.monotonic() - begin < SECONDS:
        time.sleep(1)
        results.trace("memory, MB", time.monotonic() - begin, server.process.rss() / 1e6)
        if not any(client.is_alive() for client in clients):
            break
    for client in clients:
        client.join(load.PATIENCE)
    tell(results, [(at - begin, kind, took) for at, kind, took in log])
    results.add("day", "layover", "peak MB", server.peak_rss() / 1e6)
    server.stop()


def ask(server, names, log, seed):
    """One client, which ends with what it did not get."""
    chance = random.Random(seed)
    shares = list(itertools.accumulate((i + 1) ** -SKEW for i in range(len(names))))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=load.PATIENCE)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        began = time.monotonic()
        if chance.random() < PUSHES:
            kind = push(server)
        else:
            name = names[bisect.bisect(shares, chance.random() * shares[-1])]
            kind = pull(connection, name)
        log.append((began, kind, time.monotonic() - began))


def pull(connection, digest):
    connection.request("GET", f"/v2/bench/blobs/{digest}")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or len(body) != SIZE:
        raise load.Failed(f"GET {digest}: {answer.status}, {len(body)} bytes")
    return "hit" if "; hit" in answer.headers.get("Cache-Status", "") else "miss"


def push(server):
    body = os.urandom(PUSH_SIZE)
    server.end_upload(server.begin_upload("private/app"), "sha256:" + hashlib.sha256(body).hexdigest(),
                      body)
    return "push"


def tell(results, log):
    """Latencies by kind, and the worst seconds beside the usual ones."""
    for kind in ("hit", "miss", "push"):
        took = [ms * 1e3 for _, asked, ms in log if asked == kind]
        results.add("day", "layover", f"{kind}: share, %", 100 * len(took) / len(log))
        results.add("day", "layover", f"{kind}: ms, median", statistics.median(took))
        results.add("day", "layover", f"{kind}: ms, 99 of 100", percentile(took, 0.99))
        results.latencies[kind] = sorted(took)
    results.add("day", "layover", "requests/s", len(log) / SECONDS)
    windows = collections.defaultdict(list)
    for at, kind, took in log:
        if kind == "hit" and at < SECONDS:
            windows[int(at // WINDOW)].append(took * 1e3)
    worst = {window: percentile(took, 0.99) for window, took in windows.items()}
    for window, took in sorted(windows.items()):
        results.trace("hits: requests/s", window * WINDOW, len(took) / WINDOW)
        results.trace("hits: ms, 99 of 100", window * WINDOW, worst[window])
    # The first windows are those in which everything is new, to the JVM too.
    settled = [value for window, value in sorted(worst.items())][SECONDS // WINDOW // 4:]
    results.add("day", "layover", "worst ÷ usual 99 of 100", max(settled) / statistics.median(settled))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
