"""What is cached already goes out: from Layover, from nginx as a static file, from docker-registry."""

import content
import load
import machine
import procs

# The one or the other in a round, so that each round is short.
CLIENTS = ((1,), (1, 16))
CONNECTIONS = ((16, 256), (1, 64))
SECONDS = 1
WARMING = 16

# Until the JVM has compiled what a request takes, which it does beside the requests; and what another
# request takes beyond that.
COMPILING_SECONDS = 14
MORE_SECONDS = 3


def large(field, files, results, turn):
    """The large blob to 1 and to 16 clients: speed and CPU time."""
    for clients in CLIENTS[turn % len(CLIENTS)]:
        scenario = f"cached {files.large.size >> 20} MB, {clients} client{'s'[:clients - 1]}"
        for server in in_turn(field, turn):
            transfer(server, server.name, server.url(f"blobs/{files.large.digest}"), clients,
                     files.large.size, scenario, results)


def transfer(server, name, url, clients, size, scenario, results, options=()):
    """So many clients get one large thing at the same time."""
    load.moving(server, name, clients * size, scenario, results,
                lambda: load.curl([url] * clients, size, options))


def small(field, files, results, turn):
    """What is small: requests per second, and how long one takes among many."""
    paths = {
        "cached 1 MB": f"blobs/{files.medium.digest}",
        "cached 2 KB": f"blobs/{files.small.digest}",
        "manifest by digest": f"manifests/{files.manifest.digest}",
        "manifest by tag": f"manifests/{content.TAG}",
    }
    for kind, path in paths.items():
        for connections in CONNECTIONS[turn % len(CONNECTIONS)]:
            scenario = f"{kind}, {connections} connection{'s'[:connections - 1]}"
            for server in in_turn(field, turn):
                rate(server, server.url(path), connections, scenario, results)


def heads(field, files, results, turn):
    """Whether there is a manifest: HEAD by digest and by tag, as clients ask before they pull."""
    if not procs.find("ab"):
        results.skip("heads", "ab", "apache2-utils")
        return
    for kind, reference in (("digest", files.manifest.digest), ("tag", content.TAG)):
        for connections in CONNECTIONS[turn % len(CONNECTIONS)]:
            scenario = f"manifest HEAD by {kind}, {connections} connection{'s'[:connections - 1]}"
            for server in in_turn(field, turn):
                machine.rest()
                results.add(scenario, server.name, "requests/s",
                            load.ab(server.url(f"manifests/{reference}"), connections, SECONDS))


def rate(server, url, connections, scenario, results, headers=()):
    machine.rest()
    cpu = server.process.cpu_seconds()
    got = load.wrk(url, connections, SECONDS, headers)
    cpu = server.process.cpu_seconds() - cpu
    results.add(scenario, server.name, "requests/s", got.per_second)
    if got.per_second:
        results.add(scenario, server.name, "CPU ms/request", cpu * 1e3 / got.per_second / SECONDS)
    results.add(scenario, server.name, "ms, median", got.median_ms)
    results.add(scenario, server.name, "ms, 99 of 100", got.p99_ms)


def in_turn(field, turn):
    """Another one begins each round, so that none always follows the same one."""
    servers = (field.layover, field.static, field.registry)
    return servers[turn % 3:] + servers[:turn % 3]


def warm_up_large(field, files):
    """One pass that does not count: page cache, and the JVM's compiler."""
    for server in in_turn(field, 0):
        for _ in range(3):
            load.curl([server.url(f"blobs/{files.large.digest}")], files.large.size)


def warm_up_small(field, files):
    """The same for what is small, where only the JVM takes its time."""
    compile(field.layover, [f"blobs/{files.small.digest}", f"blobs/{files.medium.digest}",
                            f"manifests/{files.manifest.digest}", f"manifests/{content.TAG}"])


def compile(server, paths, headers=(), ask=None):
    """Asks for each until the JVM has compiled what it takes, for the first one longest, and for each
    once more, as what was compiled for one is thrown away when another one passes."""
    ask = ask or (lambda url, seconds: load.wrk(url, WARMING, seconds, headers))
    for i, path in enumerate([*paths, *paths]):
        ask(server.url(path), MORE_SECONDS if i else COMPILING_SECONDS)
