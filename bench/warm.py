"""What is cached already goes out: from Layover, from nginx as a static file, from docker-registry."""

import load

CLIENTS = (1, 16)
CONNECTIONS = 16
SECONDS = 1
GB = 1e9


def large(field, files, results, turn):
    """The large blob to 1 and to 16 clients: speed and CPU time."""
    for clients in CLIENTS:
        scenario = f"cached {files.large.size >> 20} MB, {clients} client{'s'[:clients - 1]}"
        for server in in_turn(field, turn):
            moved = clients * files.large.size
            cpu = server.process.cpu_seconds()
            seconds = load.curl([server.url(f"blobs/{files.large.digest}")] * clients,
                                files.large.size)
            cpu = server.process.cpu_seconds() - cpu
            results.add(scenario, server.name, "MB/s", moved / 1e6 / seconds)
            results.add(scenario, server.name, "CPU s/GB", cpu / (moved / GB))


def small(field, files, results, turn):
    """Requests per second of what is small; there is no target yet."""
    paths = {
        "cached 1 MB": f"blobs/{files.medium.digest}",
        "cached 2 KB": f"blobs/{files.small.digest}",
        "manifest by digest": f"manifests/{files.manifest.digest}",
    }
    for kind, path in paths.items():
        scenario = f"{kind}, {CONNECTIONS} connections"
        for server in in_turn(field, turn):
            cpu = server.process.cpu_seconds()
            rate = load.wrk(server.url(path), CONNECTIONS, SECONDS)
            cpu = server.process.cpu_seconds() - cpu
            results.add(scenario, server.name, "requests/s", rate)
            results.add(scenario, server.name, "CPU ms/request", cpu * 1e3 / (rate * SECONDS))


def in_turn(field, turn):
    """Another one begins each round, so that none always follows the same one."""
    servers = (field.layover, field.static, field.registry)
    return servers[turn % 3:] + servers[:turn % 3]


def warm_up(field, files):
    """One pass that does not count: page cache, and the JVM's compiler."""
    for server in in_turn(field, 0):
        for _ in range(3):
            load.curl([server.url(f"blobs/{files.large.digest}")], files.large.size)
        for path in (f"blobs/{files.small.digest}", f"manifests/{files.manifest.digest}"):
            load.wrk(server.url(path), CONNECTIONS, SECONDS)
