"""From the launch to the first answer."""

import http.client
import time

ASKING = 0.005


def start(field, _files, results, turn):
    """From the launch to the first answer, each over an empty directory."""
    starters = field.starters
    for name in list(starters)[turn % len(starters):] + list(starters)[:turn % len(starters)]:
        begin = time.monotonic()
        server = starters[name]()
        first_answer(server.port)
        results.add("start", name, "s", time.monotonic() - begin)
        results.add("start", name, "MB at rest", server.process.rss() / 1e6)
        server.stop()


def first_answer(port, patience=30):
    """When `/v2/` is answered."""
    end = time.monotonic() + patience
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        try:
            connection.request("GET", "/v2/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(ASKING)
        finally:
            connection.close()
