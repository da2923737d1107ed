"""What an upstream has sent: a line for each request, with its method, path, status and bytes."""

import time


class Log:
    def __init__(self, path):
        self._path = path

    def served(self, name="", settle=0.3):
        """How many GETs there were of what is so called, and how many bytes they took."""
        time.sleep(settle)  # A line is written when its request is over.
        gets, size = 0, 0
        for line in self._path.read_text().splitlines():
            method, uri, _, sent = line.split()
            if method == "GET" and uri.endswith(name):
                gets += 1
                size += int(sent)
        return gets, size
