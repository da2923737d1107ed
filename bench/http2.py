"""HTTP/2, in clear text and encrypted: many requests at once on each of a few connections."""

import re
import subprocess

import load
import machine
import procs
import warm

CONNECTIONS = 16
STREAMS = 4
SECONDS = 1


def warm_up(field, files):
    """One pass that does not count: until the JVM has compiled what these take."""
    if procs.find("h2load"):
        for server in (clear(field), field.encrypted):
            warm.compile(server, paths(files).values(),
                         ask=lambda url, seconds: h2load(url, CONNECTIONS, STREAMS, seconds))


def small(field, files, results, turn):
    """What is small by HTTP/2, in clear text and encrypted, from Layover and from nginx."""
    if not procs.find("h2load"):
        results.skip("http2", "h2load", "nghttp2-client")
        return
    asked = requests(field, files)
    for scenario, server, url in asked[::-1] if turn % 2 else asked:
        rate(server, url, scenario, results)


def paths(files):
    return {"1 MB": f"blobs/{files.medium.digest}", "2 KB": f"blobs/{files.small.digest}",
            "manifest": f"manifests/{files.manifest.digest}"}


def requests(field, files):
    """What is asked of whom, each of the one and the other in turn."""
    found = []
    for kind, path in paths(files).items():
        found += [
            (f"HTTP/2, clear text, cached {kind}", clear(field), clear(field).url(path)),
            (f"HTTP/2, clear text, cached {kind}", field.static, field.static.http2_url(path)),
            (f"HTTP/2, TLS, cached {kind}", field.encrypted, field.encrypted.url(path)),
            (f"HTTP/2, TLS, cached {kind}", field.static,
             field.static.http2_url(path, encrypted=True))]
    return found


def clear(field):
    """One that speaks HTTP/2 without TLS, over what `layover` has cached."""
    if not field.multiplexed:
        field.multiplexed = field.fresh("layover, h2c", data=field.layover.data,
                                        http=", h2c: {enabled: true}")
    return field.multiplexed


def rate(server, url, scenario, results):
    """Answers per second, and what one costs."""
    machine.rest()
    cpu = server.process.cpu_seconds()
    per_second = h2load(url, CONNECTIONS, STREAMS, SECONDS)
    cpu = server.process.cpu_seconds() - cpu
    name = server.name.split(",", 1)[0]
    results.add(scenario, name, "requests/s", per_second)
    results.add(scenario, name, "CPU ms/request", cpu * 1e3 / per_second / SECONDS)


def h2load(url, connections, streams, seconds):
    """Asks again and again; returns the answers per second."""
    client = subprocess.Popen(
        [procs.find("h2load"), "-t", "2", "-c", str(connections), "-m", str(streams),
         "-D", str(seconds), url],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = client.communicate(timeout=seconds + load.PATIENCE)[0]
    finally:
        load.kill([client])
    good, other, client_errors, server_errors = map(
        int, re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", said).groups())
    if not good or other or client_errors or server_errors:
        raise load.Failed(f"h2load {url}: {said}")
    return good / seconds
