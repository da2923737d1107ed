"""A whole image, as docker pulls it: cold through Layover and from the upstream, and once more."""

import load
from content import LAYERS

AT_ONCE = 3  # As docker has it.
LATENCY = 20  # ms
RATE = 33  # MiB/s for each of the three, about what a link of 1 Gbit/s gives them
LABEL = f"image of {LAYERS} layers, {LATENCY} ms"


def pulls(field, files, results, turn):
    """Layover and the upstream take turns in being first."""
    upstream, layover = field.behind_network or prepare(field, files)
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


def prepare(field, files):
    """An upstream behind a network, and a Layover that has pulled an image before."""
    upstream = field.faulty("upstream-far", "--files", files.root, "--latency", LATENCY,
                            "--rate", RATE)
    layover = field.fresh("layover-far", remote=upstream.address())
    field.behind_network = upstream, layover
    pull(layover, *files.cold_image())
    return field.behind_network


def pull(server, manifest, blobs):
    """The manifest first, as it says what else there is."""
    return (load.pull([server.url(f"manifests/{manifest.digest}")], 1)
            + load.pull([server.url(f"blobs/{blob.digest}") for blob in blobs], AT_ONCE))
