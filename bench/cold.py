"""Nobody has the blob yet: what a pull costs in time and at the upstream, for 1 client and for 20."""

import load
from nginx import LOOPBACK, NETWORK

CROWD = 20


def network(field, files, results, turn):
    """A cold blob of an upstream behind a network, for 1 client and for 20: the main job."""
    label = "cold, network"
    pulls(field, files, results, label, NETWORK)
    if turn % 2 == 1:  # It takes long, and no target hangs on it.
        through(field, field.registry_proxy, files, results, label, NETWORK, CROWD)


def unlimited(field, files, results, _turn):
    """The same of an upstream on loopback: how fast two cores move 20 blobs."""
    label = "cold, unlimited"
    pulls(field, files, results, label, LOOPBACK)
    direct(field, files, results, label, LOOPBACK, CROWD)
    through(field, field.registry_proxy, files, results, label, LOOPBACK, CROWD)


def pulls(field, files, results, label, repository):
    direct(field, files, results, label, repository, 1)
    through(field, field.layover, files, results, label, repository, 1)
    through(field, field.layover, files, results, label, repository, CROWD)


def of(clients):
    return f"{clients} client{'s'[:clients - 1]}"


def direct(field, files, results, label, repository, clients):
    blob = files.cold()
    urls = [field.upstream.url(f"blobs/{blob.digest}", repository)] * clients
    results.add(label, "direct", f"s, {of(clients)}", load.curl(urls, blob.size))


def through(field, cache, files, results, label, repository, clients):
    blob = files.cold()
    cpu = cache.process.cpu_seconds()
    seconds = load.curl([cache.url(f"blobs/{blob.digest}", repository)] * clients, blob.size)
    cpu = cache.process.cpu_seconds() - cpu
    suffix = of(clients)
    results.add(label, cache.name, f"s, {suffix}", seconds)
    results.add(label, cache.name, f"CPU s, {suffix}", cpu)
    gets, sent = field.upstream.log.served(blob.digest)
    results.add(label, cache.name, f"upstream GETs, {suffix}", gets)
    results.add(label, cache.name, f"upstream bytes ×, {suffix}", sent / blob.size)
    cache.forget(blob)


def check(field, files, results):
    """Not timed: does every client of the crowd get exactly the right bytes?"""
    blob = files.cold()
    got = load.digests([field.layover.url(f"blobs/{blob.digest}", LOOPBACK)] * CROWD)
    results.add("cold, checked", "layover", "clients with the right digest", got.count(blob.digest))
    gets, _ = field.upstream.log.served(blob.digest)
    results.add("cold, checked", "layover", "upstream GETs, 20 clients", gets)
    field.layover.forget(blob)
