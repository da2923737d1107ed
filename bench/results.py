"""The samples of a run."""

import collections
import statistics
import time


class Results:
    """Samples by (scenario, server, measure), in the order in which they came."""

    def __init__(self, deadline):
        self.deadline = deadline
        self.samples = collections.defaultdict(list)
        self._round = 0
        # In which round each of the samples was taken: some are not taken in all of them.
        self._taken = collections.defaultdict(list)
        self.notes = []
        # Values over the seconds of a scenario, and latencies in ms by the kind of request.
        self.traces = collections.defaultdict(list)
        self.latencies = {}

    def trace(self, name, second, value):
        self.traces[name].append((second, value))

    def add(self, scenario, server, measure, value):
        self.samples[scenario, server, measure].append(value)
        self._taken[scenario, server, measure].append(self._round)

    def skip(self, scenario, program, package):
        """Says once what is missing, and how it can be had."""
        note = f"{scenario}: skipped, as there is no {program}; on Debian: apt-get install {package}"
        if note not in self.notes:
            self.notes.append(note)

    def rounds(self, count):
        """Counts rounds until there are enough, or until one more might not end in time."""
        took = []
        for i in range(count):
            begin = time.monotonic()
            # They alternate, so that each takes as long as the one before the last.
            if took and begin + took[-2:][0] > self.deadline:
                self.notes.append(f"{i} of {count} rounds, for the time was up")
                return
            self._round = i
            yield i
            took.append(time.monotonic() - begin)

    def get(self, scenario, server, measure):
        return self.samples.get((scenario, server, measure), [])

    def ratios(self, over, under):
        """Round by round, so that what disturbs both of a round cancels out."""
        others = dict(zip(self._taken.get(under, []), self.get(*under)))
        return [value / others[i] for i, value in zip(self._taken.get(over, []), self.get(*over))
                if others.get(i)]


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def quantiles(ordered, count=200):
    """So many of the values, evenly spread, the least and the most among them."""
    return [ordered[i * (len(ordered) - 1) // (count - 1)] for i in range(count)]
