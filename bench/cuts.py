"""An upstream that cuts the connection every 50 MB, and 20 clients who are not to notice."""

import load
from nginx import NETWORK_RATE

CROWD = 20
CUT = 50 << 20
LABEL = f"cold, cut every {CUT >> 20} MB"


def crowd(field, files, results, turn):
    """A cold blob for 20 clients whose upstream cuts it off; not timed, so once is enough."""
    if turn:
        return
    upstream = field.faulty(
        "upstream-cutting", "--files", files.root, "--cut", CUT, "--rate", NETWORK_RATE)
    server = field.fresh("layover-cut", remote=upstream.address())
    blob = files.cold()
    got = load.digests([server.url(f"blobs/{blob.digest}")] * CROWD)
    gets, sent = upstream.log.served(blob.digest)
    results.add(LABEL, "layover", "clients with the right digest", got.count(blob.digest))
    results.add(LABEL, "layover", "upstream GETs, 20 clients", gets)
    results.add(LABEL, "layover", "upstream bytes ×, 20 clients", sent / blob.size)
    server.stop()
    upstream.stop()
