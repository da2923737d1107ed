"""What Layover is to reach. Ratios are taken within a round; what is judged is their median."""

import dataclasses
import re
from collections.abc import Callable


# The bounds of the same by HTTP/1.1.
HTTP2 = {"clear text, cached 1 MB": 1.0, "clear text, cached 2 KB": 0.8,
         "clear text, cached manifest": 0.8, "TLS, cached 1 MB": 0.9}


@dataclasses.dataclass
class Target:
    """Without a bound, something to compare with."""

    name: str
    sign: str
    bound: float | None
    values: Callable
    unit: str = ""
    judged_by: str = "median"

    def text(self):
        return "" if self.bound is None else f"{self.sign} {self.bound:g}{self.unit}"

    def holds(self, numbers):
        if self.bound is None:
            return None
        value = numbers[self.judged_by]
        return value >= self.bound if self.sign == "≥" else value <= self.bound


def judged(results):
    """Every target with what was measured for it."""
    return [(target, target.values(results)) for target in all_of(results)]


def all_of(results):
    found = []
    found += warm(results)
    for label in scenarios(results, "cold, unlimited"):
        # 20 copies take the processors longer than one, whoever makes them.
        found.append(Target(f"{label}: 20 clients ÷ 20 direct, s", "", None, crowd(label, 20)))
    for label in scenarios(results, "cold, network"):
        found.append(Target(f"{label}: 20 clients ÷ 1 direct, s", "≤", 1.15, crowd(label, 1)))
    for label in scenarios(results, "cold, (network|unlimited)"):
        for measure, bound in (("s", 2), ("upstream bytes ×", 19)):
            found.append(Target(f"{label}: docker-registry ÷ Layover, {measure}, 20 clients", "≥", bound,
                                ratio(label, "docker-registry-proxy", "layover", f"{measure}, 20 clients")))
        found.append(Target(f"{label}: upstream GETs for 20 clients", "≤", 1,
                            plain(label, "layover", "upstream GETs, 20 clients"), "", "max"))
        found.append(Target(f"{label}: upstream bytes for 20 clients", "≤", 1,
                            plain(label, "layover", "upstream bytes ×, 20 clients"), " ×", "max"))
    if scenarios(results, "cold, checked"):
        found.append(Target("cold: clients of 20 that got the right digest", "≥", 20,
                            plain("cold, checked", "layover", "clients with the right digest")))
    for label in scenarios(results, "cold, cut every .*"):
        found.append(Target(f"{label}: clients of 20 that got the right digest", "≥", 20,
                            plain(label, "layover", "clients with the right digest")))
        # Where it is cut is for the upstream to say, so nothing need come twice.
        found.append(Target(f"{label}: upstream bytes for 20 clients", "≤", 1.001,
                            plain(label, "layover", "upstream bytes ×, 20 clients"), " ×", "max"))
    for label in scenarios(results, r"\d+ clients × .*"):
        found.append(Target(f"{label}: time ÷ the upstream's own limit", "≤", 1.2,
                            plain(label, "layover", "× the upstream's own limit")))
    for label in scenarios(results, "image of [^,]*, [^,]*"):
        found.append(Target(f"{label}, cold: Layover ÷ direct, s", "≤", 1.1,
                            ratio(label, "layover", "direct", "s, cold")))
        found.append(Target(f"{label}, again: bytes from the upstream", "≤", 0,
                            plain(label, "layover", "upstream bytes, again"), "", "max"))
    for label in scenarios(results, "image of .*, by .*"):
        found.append(Target(f"{label}: Layover ÷ direct, s", "≤", 1.1,
                            ratio(label, "layover", "direct", "s, cold")))
        found.append(Target(f"{label}: Layover ÷ docker-registry, s", "", None,
                            ratio(label, "layover", "docker-registry", "s, cold")))
    for label in scenarios(results, "books of .*"):
        found.append(Target(f"{label}: start in 300 MB of heap", "≤", 5,
                            plain(label, "layover, -Xmx300m", "s to the start"), " s"))
    for scenario in scenarios(results, r"push (\d+ × )?\d+ MB"):
        for other in ("docker-registry", "distribution"):
            found.append(Target(f"{scenario}: Layover ÷ {other}, MB/s", "≥", 1.5,
                                ratio(scenario, "layover-hosted", other, "MB/s")))
    for scenario in scenarios(results, r"push \d+ MB"):
        found.append(Target(f"{scenario}: Layover ÷ SHA-256 and disk in one thread, MB/s", "≥", 0.7,
                            ratio(scenario, "layover-hosted", "one thread", "MB/s")))
    for scenario in scenarios(results, r"push \d+ × \d+ MB at once"):
        found.append(Target(f"{scenario}: peak RSS of Layover", "≤", 250,
                            plain(scenario, "layover", "peak MB"), " MB", "max"))
    for scenario in scenarios(results, "page of .*"):
        found.append(Target(f"{scenario}: time of 100,000 ÷ of 1,000", "≤", 2,
                            ratio(scenario, "layover, 1,000", "layover, 100,000", "requests/s")))
    found += bucket(results)
    found.append(Target("all scenarios: peak RSS of Layover", "≤", 250,
                        plain("memory", "layover", "peak MB"), " MB", "max"))
    return found


def warm(results):
    """What is cached, and what it costs that not everybody may have it."""
    found = []
    for scenario in scenarios(results, r"cached (\d+ MB, \d+ client|1 MB, \d+ conn).*"):
        measure = "MB/s" if "client" in scenario else "requests/s"
        found += against(scenario, measure, 1.0, 2.5)
    for scenario in scenarios(results, r"(cached 2 KB|manifest (HEAD )?by .*), \d+ conn.*"):
        found += against(scenario, "requests/s", 0.8, 20)
    for scenario in scenarios(results, "manifest by .*, 64 connections"):
        found.append(Target(f"{scenario}: Layover's 99 of 100 ÷ docker-registry's median, ms", "≤", 1,
                            lambda results, scenario=scenario: results.ratios(
                                (scenario, "layover", "ms, 99 of 100"),
                                (scenario, "docker-registry", "ms, median"))))
    for scenario in scenarios(results, "open or by token, .*"):
        found.append(Target(f"{scenario}: by token ÷ open, requests/s", "≥", 0.95,
                            ratio(scenario, "layover, token", "layover", "requests/s")))
    for scenario in scenarios(results, "TLS, .*"):
        measure = "MB/s" if "client" in scenario else "requests/s"
        found.append(Target(f"{scenario}: Layover ÷ nginx, {measure}", "≥",
                            0.9 if "MB" in scenario else None,
                            ratio(scenario, "layover", "nginx", measure)))
    for scenario in scenarios(results, "HTTP/2, .*"):
        found.append(Target(f"{scenario}: Layover ÷ nginx, requests/s", "≥",
                            HTTP2.get(scenario.removeprefix("HTTP/2, ")),
                            ratio(scenario, "layover", "nginx", "requests/s")))
    if scenarios(results, "day"):
        found.append(Target("day: worst 5 s ÷ usual, 99 of 100 hits", "≤", 3,
                            plain("day", "layover", "worst ÷ usual 99 of 100"), " ×"))
        found.append(Target("day: peak RSS of Layover", "≤", 250,
                            plain("day", "layover", "peak MB"), " MB"))
    if scenarios(results, "start"):
        found.append(Target("start: first answer", "≤", 0.6, plain("start", "layover", "s"), " s"))
    return found


def against(scenario, measure, nginx, registry):
    return [
        Target(f"{scenario}: Layover ÷ nginx, {measure}", "≥", nginx,
               ratio(scenario, "layover", "nginx", measure)),
        Target(f"{scenario}: Layover ÷ docker-registry, {measure}", "≥", registry,
               ratio(scenario, "layover", "docker-registry", measure))]


def bucket(results):
    found = []
    for scenario in scenarios(results, r"S3, read \d+ MB"):
        for name, how in (("layover", ""), ("layover, redirect", ", by redirect"),
                          ("layover, near", ", near")):
            found.append(Target(f"{scenario}: Layover{how} ÷ direct, MB/s", "≥", 0.9,
                                ratio(scenario, name, "direct", "MB/s")))
    for scenario in scenarios(results, r"S3, push \d+ MB.*"):
        for other, bound in (("direct", 0.8), ("docker-registry-s3", 1.5), ("distribution-s3", 1.5)):
            found.append(Target(f"{scenario}: Layover ÷ {other}, MB/s", "≥", bound,
                                ratio(scenario, "layover-s3", other, "MB/s")))
    for scenario in scenarios(results, "S3, manifest hit"):
        found.append(Target(f"{scenario}: S3 requests per 1,000", "≤", 1,
                            plain(scenario, "layover-s3", "S3 requests per 1,000"), "", "max"))
    for scenario in scenarios(results, r"S3, \d+ readers"):
        found.append(Target(f"{scenario}: peak RSS of Layover", "≤", 300,
                            plain(scenario, "layover-s3", "peak MB"), " MB", "max"))
    return found


def scenarios(results, pattern):
    return list(dict.fromkeys(
        scenario for scenario, _, _ in results.samples if re.fullmatch(pattern, scenario)))


def ratio(scenario, over, under, measure):
    return lambda results: results.ratios((scenario, over, measure), (scenario, under, measure))


def crowd(label, clients):
    return lambda results: results.ratios(
        (label, "layover", "s, 20 clients"),
        (label, "direct", f"s, {clients} client{'s'[:clients - 1]}"))


def plain(*key):
    return lambda results: results.get(*key)
