"""Many clients who each want other layers, of an upstream that takes its time for each."""

import faulty
import load

CLIENTS = 200
EACH = 50
LATENCY = 20  # ms

# The upstream answers so many at a time: it, not this machine, is to be what it all waits for.
ANSWERS = 8
LIMIT = CLIENTS * EACH * LATENCY / 1000 / ANSWERS
LABEL = f"{CLIENTS} clients × {EACH} layers, {LATENCY} ms"


def different_layers(field, _files, results, turn):
    """200 clients who each want other layers; it takes long, so two rounds have to do."""
    if turn > 1:
        return
    upstream = field.faulty("upstream-late", "--layers", CLIENTS * EACH,
                            "--latency", LATENCY, "--answers", ANSWERS)
    server = field.fresh("layover-swarm", remote=upstream.address())
    digests = [faulty.digest(faulty.layer(i)) for i in range(CLIENTS * EACH)]
    paths = [f"blobs/{digest}" for digest in digests]
    cpu = server.process.cpu_seconds()
    seconds, got = load.swarm([list(map(server.url, paths[i::CLIENTS])) for i in range(CLIENTS)])
    results.add(LABEL, "layover", "s", seconds)
    cpu = server.process.cpu_seconds() - cpu
    results.add(LABEL, "layover", "CPU ms/layer", cpu * 1e3 / len(got))
    results.add(LABEL, "layover", "right layers", len(set(got) & set(digests)))
    results.add(LABEL, "layover", "× the upstream's own limit", seconds / LIMIT)
    server.stop()
    # How near to that limit the same clients come without anything in between.
    seconds, _ = load.swarm([list(map(upstream.url, paths[i::CLIENTS])) for i in range(CLIENTS)])
    results.add(LABEL, "direct", "× the upstream's own limit", seconds / LIMIT)
    upstream.stop()
