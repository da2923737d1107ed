"""What is cached already goes out: from Layover, from nginx as a static file, from docker-registry."""

import content
import load

CLIENTS = (1, 16)

# The one or the other in a round, so that each round is short.
CONNECTIONS = ((16, 256), (1, 64))
SECONDS = 1
WARMING = 16

# Until the JVM has compiled what a request takes, which it does beside the requests.
COMPILING_SECONDS = 8


def large(field, files, results, turn):
    """The large blob to 1 and to 16 clients: speed and CPU time."""
    for clients in CLIENTS:
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


def rate(server, url, connections, scenario, results, headers=()):
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


def warm_up(field, files):
    """One pass that does not count: page cache, and the JVM's compiler."""
    for server in in_turn(field, 0):
        for _ in range(3):
            load.curl([server.url(f"blobs/{files.large.digest}")], files.large.size)
        for path in (f"blobs/{files.small.digest}", f"blobs/{files.medium.digest}",
                     f"manifests/{files.manifest.digest}", f"manifests/{content.TAG}"):
            load.wrk(server.url(path), WARMING,
                     COMPILING_SECONDS if server is field.layover else SECONDS)
