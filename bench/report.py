"""The table for people, the targets, and the JSON for everything else."""

import json

import targets
from results import quantiles, summary

BUSY = 10  # percent


def table(results):
    lines = [row("scenario", "server", "measure", "median", "min – max", "rounds")]
    lines.append("-" * len(lines[0]))
    previous = None
    for (scenario, server, measure), values in ordered(results.samples):
        numbers = summary(values)
        lines.append(row("" if scenario == previous else scenario, server, measure,
                         number(numbers["median"]),
                         f"{number(numbers['min'])} – {number(numbers['max'])}", str(len(values))))
        previous = scenario
    lines += ["", row("target", "", "", "median", "min – max", "")]
    lines.append("-" * len(lines[0]))
    lines += [verdict(target, values) for target, values in targets.judged(results)]
    notes = results.notes + noise(results)
    return "\n".join(lines + [""] * bool(notes) + notes)


def noise(results):
    """Who reads a MISS is to know whether the machine was ours."""
    shares = results.get("machine", "other programs", "CPU used, %")
    if not shares or summary(shares)["median"] < BUSY:
        return []
    return [f"noisy: other programs used {number(summary(shares)['median'])} % of the processors"]


def ordered(samples):
    """By scenario, each where it came first."""
    scenarios = list(dict.fromkeys(scenario for scenario, _, _ in samples))
    return sorted(samples.items(), key=lambda item: scenarios.index(item[0][0]))


def row(scenario, server, measure, median, spread, rounds):
    return f"{scenario:<34} {server:<22} {measure:<30} {median:>8} {spread:>18} {rounds:>6}".rstrip()


def verdict(target, values):
    name = f"{target.name} {target.text()}"
    if not values:
        return f"{name:<88} {'—':>8} {'':>18}   not measured"
    numbers = summary(values)
    spread = f"{number(numbers['min'])} – {number(numbers['max'])}"
    return (f"{name:<88} {number(numbers['median']):>8} {spread:>18}   "
            + {True: "PASS", False: "MISS", None: "no target"}[target.holds(numbers)])


def number(value):
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def write(path, results, machine):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({
        "machine": machine,
        "targets": [
            {"target": target.name, "bound": target.text(),
             "ratios": values, **summary(values), "holds": target.holds(summary(values))}
            for target, values in targets.judged(results) if values],
        "measures": [
            {"scenario": scenario, "server": server, "measure": measure, **summary(values),
             "samples": values}
            for (scenario, server, measure), values in ordered(results.samples)],
        "traces": results.traces,
        "latencies": {kind: quantiles(took) for kind, took in results.latencies.items() if took},
        "notes": results.notes,
    }, indent=1, ensure_ascii=False) + "\n")
