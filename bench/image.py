"""A whole image, as docker pulls it: cold through Layover and from the upstream, and once more."""

import os
import subprocess
import tempfile
import time

import load
import procs
from content import LAYERS, REPOSITORY

AT_ONCE = 3  # As docker has it.
LATENCY = 20  # ms
RATE = 33  # MiB/s for each of the three, about what a link of 1 Gbit/s gives them
LABEL = f"image of {LAYERS} layers, {LATENCY} ms"

# One of them in a round. They check what they get.
CLIENTS = {
    "skopeo": lambda image, target: [
        "copy", "--quiet", "--src-tls-verify=false", f"docker://{image}", f"dir:{target}"],
    "crane": lambda image, target: ["pull", "--insecure", "--format=oci", image, target],
}


def pulls(field, files, results, turn):
    """A cold image of many layers through Layover and direct, by curl, and once more."""
    upstream, layover, _ = field.behind_network or prepare(field, files)
    manifest, blobs = files.cold_image()
    servers = [("direct", upstream), ("layover", layover)]
    for name, server in servers[::-1] if turn % 2 else servers:
        results.add(LABEL, name, "s, cold", pull(server, manifest, blobs))

    before = upstream.log.served()
    results.add(LABEL, "layover", "s, again", pull(layover, manifest, blobs))
    after = upstream.log.served()
    results.add(LABEL, "layover", "upstream GETs, again", after[0] - before[0])
    results.add(LABEL, "layover", "upstream bytes, again", after[1] - before[1])
    for blob in blobs[1:]:
        layover.forget(blob)


def clients(field, files, results, turn):
    """A cold image of many layers by skopeo and crane: Layover, docker-registry and direct."""
    found = [name for name in CLIENTS if procs.find(name)]
    if not found:
        results.skip("clients", "skopeo or crane", "skopeo")
        return
    client = found[turn % len(found)]
    upstream, layover, registry = field.behind_network or prepare(field, files)
    manifest, blobs = files.cold_image()
    servers = [("direct", upstream), ("layover", layover), ("docker-registry", registry)]
    for name, server in servers[turn % 3:] + servers[:turn % 3]:
        results.add(f"{LABEL}, by {client}", name, "s, cold",
                    run(client, server, manifest))
    for blob in blobs[1:]:
        layover.forget(blob)
        registry.forget(blob)


def run(client, server, manifest):
    """Pulls to memory: skopeo waits for the disk at each layer, and at each of its notes about one."""
    image = f"127.0.0.1:{server.port}/{REPOSITORY}@{manifest.digest}"
    with tempfile.TemporaryDirectory(dir="/dev/shm") as target:
        # Only who is not root may say where skopeo's notes go.
        notes = {"XDG_DATA_HOME": target, "_CONTAINERS_ROOTLESS_UID": "1000"}
        begin = time.monotonic()
        done = subprocess.run(
            [procs.find(client), *CLIENTS[client](image, f"{target}/image")], check=False,
            timeout=load.PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **notes})
        seconds = time.monotonic() - begin
    if done.returncode:
        raise load.Failed(f"{client} {image}: exit {done.returncode}, {done.stdout!r}")
    return seconds


def prepare(field, files):
    """An upstream behind a network, and caches that have pulled an image before."""
    upstream = field.faulty("upstream-far", "--files", files.root, "--latency", LATENCY,
                            "--rate", RATE)
    layover = field.fresh("layover-far", remote=upstream.address())
    registry = field.fresh("docker-registry-far", procs.find("docker-registry"),
                           remote=upstream.address())
    field.behind_network = upstream, layover, registry
    for cache in (layover, registry):
        pull(cache, *files.cold_image())
    return field.behind_network


def pull(server, manifest, blobs):
    """The manifest first, as it says what else there is."""
    return (load.pull([server.url(f"manifests/{manifest.digest}")], 1)
            + load.pull([server.url(f"blobs/{blob.digest}") for blob in blobs], AT_ONCE))
