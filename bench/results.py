"""The samples of a run."""

import collections
import statistics
import time


class Results:
    """Samples by (scenario, server, measure), in the order in which they came."""

    def __init__(self, deadline):
        self.deadline = deadline
        self.samples = collections.defaultdict(list)
        self.notes = []
        # Values over the seconds of a scenario, and latencies in ms by the kind of request.
        self.traces = collections.defaultdict(list)
        self.latencies = {}

    def trace(self, name, second, value):
        self.traces[name].append((second, value))

    def add(self, scenario, server, measure, value):
        self.samples[scenario, server, measure].append(value)

    def rounds(self, count):
        """Counts rounds until there are enough or the time is up."""
        for i in range(count):
            if time.monotonic() > self.deadline:
                self.notes.append(f"{i} of {count} rounds, for the time was up")
                return
            yield i

    def get(self, scenario, server, measure):
        return self.samples.get((scenario, server, measure), [])

    def ratios(self, over, under):
        """Round by round, so that what disturbs both of a round cancels out."""
        return [a / b for a, b in zip(self.get(*over), self.get(*under)) if b]


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def quantiles(ordered, count=200):
    """So many of the values, evenly spread, the least and the most among them."""
    return [ordered[i * (len(ordered) - 1) // (count - 1)] for i in range(count)]
