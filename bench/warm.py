"""What is cached already goes out: from Layover, from nginx as a static file, from docker-registry."""

import load

CLIENTS = (1, 16)
CONNECTIONS = 16
SECONDS = 1
GB = 1e9


def run(field, files, rounds, results):
    """The large blob to 1 and to 16 clients: speed and CPU time."""
    warm_up(field, files)
    for clients in CLIENTS:
        scenario = f"cached {files.large.size >> 20} MB, {clients} client{'s'[:clients - 1]}"
        for i in results.rounds(scenario, rounds):
            for server in in_turn(field, i):
                moved = clients * files.large.size
                cpu = server.process.cpu_seconds()
                seconds = load.curl([server.url(f"blobs/{files.large.digest}")] * clients,
                                    files.large.size)
                cpu = server.process.cpu_seconds() - cpu
                results.add(scenario, server.name, "MB/s", moved / 1e6 / seconds)
                results.add(scenario, server.name, "CPU s/GB", cpu / (moved / GB))


def run_small(field, files, rounds, results):
    """Requests per second of what is small."""
    paths = {
        "cached 1 MB": f"blobs/{files.medium.digest}",
        "cached 2 KB": f"blobs/{files.small.digest}",
        "manifest by digest": f"manifests/{files.manifest.digest}",
    }
    for kind, path in paths.items():
        scenario = f"{kind}, {CONNECTIONS} connections"
        for i in results.rounds(scenario, rounds):
            for server in in_turn(field, i):
                cpu = server.process.cpu_seconds()
                rate = load.wrk(server.url(path), CONNECTIONS, SECONDS)
                cpu = server.process.cpu_seconds() - cpu
                results.add(scenario, server.name, "requests/s", rate)
                results.add(scenario, server.name, "CPU ms/request", cpu * 1e3 / (rate * SECONDS))


def in_turn(field, i):
    """Another one begins each round, so that none always follows the same one."""
    servers = (field.layover, field.static, field.registry)
    return servers[i % 3:] + servers[:i % 3]


def warm_up(field, files):
    """One pass that does not count: page cache, and the JVM's compiler."""
    for server in in_turn(field, 0):
        for blob, times in ((files.small, 50), (files.large, 3)):
            for _ in range(times):
                load.curl([server.url(f"blobs/{blob.digest}")], blob.size)
