"""Nobody has the blob yet: what a pull costs in time and at the upstream, for 1 client and for 20."""

import load
from nginx import LOOPBACK, NETWORK

CROWD = 20
PEER_ROUNDS = 2


def run(field, files, rounds, results):
    """The main job, from an upstream as over a network and from one without a limit."""
    check(field, files, results)
    for repository, label in ((NETWORK, "cold, network"), (LOOPBACK, "cold, unlimited")):
        for _ in results.rounds(label, rounds):
            direct(field, files, results, label, repository)
            through(field, field.layover, files, results, label, repository, 1)
            through(field, field.layover, files, results, label, repository, CROWD)
    label = "cold, network"
    for _ in results.rounds(label + ", docker-registry", min(rounds, PEER_ROUNDS)):
        through(field, field.registry_proxy, files, results, label, NETWORK, CROWD)


def direct(field, files, results, label, repository):
    blob = files.cold()
    seconds = load.curl([field.upstream.url(f"blobs/{blob.digest}", repository)], blob.size)
    results.add(label, "direct", "s, 1 client", seconds)


def through(field, cache, files, results, label, repository, clients):
    blob = files.cold()
    cpu = cache.process.cpu_seconds()
    seconds = load.curl([cache.url(f"blobs/{blob.digest}", repository)] * clients, blob.size)
    cpu = cache.process.cpu_seconds() - cpu
    suffix = f"{clients} client{'s'[:clients - 1]}"
    results.add(label, cache.name, f"s, {suffix}", seconds)
    results.add(label, cache.name, f"CPU s, {suffix}", cpu)
    gets, sent = field.upstream.served(blob.digest)
    results.add(label, cache.name, f"upstream GETs, {suffix}", gets)
    results.add(label, cache.name, f"upstream bytes ×, {suffix}", sent / blob.size)
    cache.forget(blob)


def check(field, files, results):
    """Not timed: does every client of the crowd get exactly the right bytes?"""
    blob = files.cold()
    got = load.digests([field.layover.url(f"blobs/{blob.digest}", LOOPBACK)] * CROWD)
    results.add("cold, checked", "layover", "clients with the right digest", got.count(blob.digest))
    gets, _ = field.upstream.served(blob.digest)
    results.add("cold, checked", "layover", "upstream GETs, 20 clients", gets)
    field.layover.forget(blob)
