"""The answer in sentences: what every front end says of a comparison."""

from __future__ import annotations

from fractions import Fraction

from lambdaplan.comparison import Comparison, Crossover
from lambdaplan.units import cents, count, money, share_text

AXES = {
    "workload.requests_per_month": "requests a month",
    "workload.duration_ms": "ms of duration",
    "workload.cpu_ms": "ms of CPU time",
    "workload.busy_share": "busy share",
    "workload.traffic.burst": "times the hour's mean at its peak",
    "hours_per_month": "hours a month",
}


def axis_words(over: str) -> str:
    """What an axis counts, in words."""
    if over in AXES:
        return AXES[over]
    name = over.rsplit(".", 1)[-1]
    words = name.replace("_mb", " (MB)").replace("_gb", " (GB)").replace("_kb", " (KB)").replace("_", " ")
    option = over.split(".")
    return f"{words} of option {int(option[1]) + 1}" if option[0] == "options" else words


def answer(comparison: Comparison) -> str:
    """Which option is cheapest, by how much, and whether that is too close to call."""
    best, second = comparison.best, comparison.second
    if best is None:
        reason = next((w for w in comparison.warnings if w.startswith("nobody wins")), "nobody wins")
        return f"{reason[0].upper()}{reason[1:]}."
    cost = money(best.bill.total_usd or cents(Fraction(0)))
    if second is None:
        others = "the only option" if len(comparison.options) == 1 else "the only option that can serve this"
        return f"{best.label} costs {cost} a month, {others}."
    other = money(second.bill.total_usd or cents(Fraction(0)))
    if comparison.ties:
        return f"{best.label} and {', '.join(comparison.ties)} cost the same, {cost} a month."
    by = f"{money(comparison.lead_usd or Fraction(0))} ({share_text(comparison.lead_fraction or 0)})"
    if comparison.close:
        return f"Too close to call: {best.label} {cost}, {second.label} {other} a month, {by} apart."
    return f"{best.label} is cheapest: {cost} a month, {by} less than {second.label} at {other}."


def crossover_words(comparison: Comparison) -> list[str]:
    """Every place where the cheapest option changes as a sentence; long alternations gathered."""
    unit = axis_words(comparison.axis.over)
    low, high = (comparison.axis.document_value(p) for p in (comparison.axis.low, comparison.axis.high))
    span = f"{count(low)} to {count(high)} {unit}"
    if not comparison.crossovers:
        first = comparison.at_start
        if first is None:
            return [f"No option wins anywhere from {span}."]
        return [f"{first} is cheapest all the way from {span}."]
    found, gathered = [], set[int]()
    for zone in comparison.zones:
        inside = [i for i, c in enumerate(comparison.crossovers) if zone["from"] <= c.at <= zone["to"]]
        gathered |= set(inside)
        names = " and ".join(str(name or "no option") for name in zone["winners"])
        found.append(
            (zone["from"], f"Between about {count(zone['from'], 3)} and {count(zone['to'], 3)} {unit} the answer changes {zone['changes']} times between {names}.")
        )
    found += [(c.at, _one(c, unit)) for i, c in enumerate(comparison.crossovers) if i not in gathered]
    return [words for _, words in sorted(found, key=lambda pair: pair[0])]


def _one(crossover: Crossover, unit: str) -> str:
    above, below = crossover.above or "no option", crossover.below or "no option"
    step = ", where a fleet gains a unit" if crossover.kind == "step" else ""
    return f"From about {count(crossover.at, 3)} {unit} {above} is cheapest instead of {below}{step}."
