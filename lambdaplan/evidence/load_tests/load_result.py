"""What a load test tells: throughput, latency, failures, and what it can't tell by the way it was run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lambdaplan.capacity.scalability import ScalabilityFit, fit_usl
from lambdaplan.capacity.utilisation_law import fit_cpu
from lambdaplan.errors import InputError
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span

CLOSED, OPEN = "closed", "open"
OMISSION = (
    "closed: each user waits for an answer before the next request, so fewer are sent while the service is slow, and "
    "the percentiles leave those waits out (coordinated omission): capacity can be taken from it, answer times can't"
)
UNKNOWN_MODEL = "whether the load was open (a rate) or closed (users that wait): only an open one shows answer times"
ONE_LEVEL = "capacity: one level of load does not show whether the service was saturated; run several levels"
_FAILED = 0.01  # of requests, above which a run shows no capacity
_GAIN = 0.05  # more throughput for twice the load, below which a service is saturated
_BUSIEST = 0.7  # of the vCPU: levels above it are left out of the utilisation law where enough are below
_MISSED = 0.02  # of the rate that was to be sent


@dataclass
class LoadResult:
    """One run of a load test.

    Parameters:
    requests, errors : how many, and how many of them failed.
    duration_s, throughput_rps, sent_rps : as the tool has them.
    concurrency : requests in flight: users, connections or threads.
    mean_ms, deviation_ms, most_ms, percentiles : latency.
    model : open, closed, or unknown.
    target : text with the address that was loaded; only whether it is this machine is taken from it.
    """

    requests: float | None = None
    errors: float | None = None
    duration_s: float | None = None
    throughput_rps: float | None = None
    sent_rps: float | None = None
    concurrency: float | None = None
    mean_ms: float | None = None
    deviation_ms: float | None = None
    most_ms: float | None = None
    percentiles: Mapping[float, float] = field(default_factory=dict)
    model: str = ""
    target: str = ""
    error_words: str = "failed requests"
    span: Span = field(default_factory=Span)
    notes: list[str] = field(default_factory=list)
    more: dict[str, Measure] = field(default_factory=dict)
    values: Values | None = None

    def evidence(self, source: Source) -> Evidence:
        """It as measures, with what its way of running hides."""
        if not self.requests or self.requests < 0:
            raise source.refuse("it has no request", "the result of a load test that sent some")
        n = int(self.requests)
        reads = {"requests": Measure(n, "requests", n=n)}
        self._put(reads, "errors", self.errors, self.error_words)
        self._put(reads, "throughput_rps", self.throughput_rps, "requests a second")
        self._put(reads, "sent_rps", self.sent_rps, "requests a second that were sent")
        self._put(reads, "concurrency", self.concurrency, "requests in flight at most")
        self._put(reads, "duration_s", self.duration_s, "s")
        self._latency(reads, n)
        if self.model:
            reads["model"] = Measure(self.model)
        reads.update(self.more)
        cannot = ["memory, cost, CPU time, unless they were logged beside it"]
        if self.model != OPEN:
            cannot.append("service time: part of the latency is waiting")
        if not self.model:
            cannot.append(UNKNOWN_MODEL)
        if "usl_gamma" not in reads:
            cannot.append(ONE_LEVEL)
        notes = [*self._notes(), *self.notes]
        parts: dict[str, object] = {}
        if self.model != OPEN and self.concurrency and self.throughput_rps:
            parts["level"] = (float(self.concurrency), float(self.throughput_rps))
        first, last = self.span.iso
        return Evidence(n, reads, first, last, tuple(cannot), notes, parts=parts)

    @staticmethod
    def _put(reads: dict[str, Measure], name: str, value: float | None, unit: str, n: int | None = None) -> None:
        if value is not None and math.isfinite(value) and value >= 0:
            reads[name] = Measure(whole(value), unit, n=n)

    def _latency(self, reads: dict[str, Measure], n: int) -> None:
        if self.values is not None and self.values:
            low, high = self.values.mean_interval()
            reads["latency_mean_ms"] = Measure(self.values.mean, "ms", low, high, self.values.n)
            names = (50, 75, 90, 95, 99)
            for whole_percent, ms in zip(names, self.values.percentiles(*names), strict=True):
                reads[f"p{whole_percent}_ms"] = Measure(ms, "ms", n=self.values.n)
            reads["service_cv"] = Measure(self.values.cv, "ratio", *self.values.cv_interval(), self.values.n)
            reads["max_ms"] = Measure(self.values.most, "ms")
            return
        self._put(reads, "latency_mean_ms", self.mean_ms, "ms", n)
        self._put(reads, "latency_sd_ms", self.deviation_ms, "ms", n)
        for percent, ms in sorted(self.percentiles.items()):
            self._put(reads, f"p{percent:g}_ms".replace(".", "_"), ms, "ms", n)
        self._put(reads, "max_ms", self.most_ms, "ms")

    def _notes(self) -> list[str]:
        notes = []
        if self.model == CLOSED:
            notes.append(OMISSION)
        if self.errors and self.requests and self.errors > _FAILED * self.requests:
            notes.append(f"{self.errors / self.requests:.1%} of the requests failed: what it reached is no capacity")
        if self.sent_rps and self.throughput_rps is not None and self.throughput_rps < (1 - _MISSED) * self.sent_rps:
            notes.append("fewer requests were answered than sent: the service was over its limit")
        if any(local in self.target for local in ("127.0.0.1", "localhost", "[::1]")):
            notes.append("it was sent to its own machine: no network is in it, and both share the processors")
        mean = self.values.mean if self.values is not None and self.values else self.mean_ms
        if self.model == CLOSED and self.concurrency and self.throughput_rps and mean:
            busy = self.throughput_rps * mean / 1000
            if busy < 0.7 * self.concurrency:
                notes.append(
                    f"by Little's law {busy:,.1f} of {self.concurrency:,.0f} users were waiting for an answer at a "
                    "time: they pause, or the generator was at its limit"
                )
        return notes


def usl_measures(
    levels: Sequence[tuple[float, float]], how: str = "one row a level of load"
) -> tuple[dict[str, Measure], list[str]]:
    """What throughput at several numbers of requests in flight tells, by the Universal Scalability Law.

    Parameters:
    levels : requests in flight and throughput of each. [1, 1/s]
    """
    if len({n for n, _ in levels}) < 3:
        return {}, []
    at, rates = np.array(levels, dtype=float).T
    try:
        fit = fit_usl(at, rates)
    except InputError as error:
        return {}, [f"no Universal Scalability Law of it: {error.lines[0]}"]
    words = f"Universal Scalability Law, least squares over {len(levels)} levels; {how}"
    reads = {}
    for name, unit in (("alpha", "share"), ("beta", "share"), ("gamma", "requests a second of one alone")):
        low, high = getattr(fit, f"{name}_interval") or (None, None)
        reads[f"usl_{name}"] = Measure(getattr(fit, name), unit, low, high, len(levels), words)
    most = float(rates.max())
    reads["peak_rps"] = Measure(whole(most), "requests a second, the most that was measured", n=len(levels))
    return reads, _peak(reads, fit, at, rates, words)


def _peak(reads: dict[str, Measure], fit: ScalabilityFit, at: np.ndarray, rates: np.ndarray, words: str) -> list[str]:
    """The best concurrency where the law has one; and whether the service was saturated."""
    top = float(at.max())
    notes = []
    if fit.has_peak:
        reads["usl_n_max"] = Measure(fit.n_max, "requests in flight with the most throughput", n=len(at), how=words)
        if fit.n_max > top:
            notes.append(f"the law's peak, at {fit.n_max:,.0f} in flight, is beyond the {top:,.0f} that were measured")
    else:
        notes.append("throughput has no peak: it levels off, or was not loaded far enough")
    half = float(at[np.argmin(np.abs(at - top / 2))])
    before, after = float(rates[at == half].mean()), float(rates[at == top].mean())
    growth = (after / before - 1) / max(math.log2(top / half), 1e-9) if before and top > half else 0.0
    if growth >= _GAIN:
        notes.append(
            f"not saturated: throughput still grew by {after / before - 1:.0%} from {half:,.0f} to {top:,.0f} in "
            "flight, so its limit was not reached"
        )
    return notes


def cpu_measures(
    rates: Sequence[float], busy_vcpu: Sequence[float], vcpu: float | None
) -> tuple[dict[str, Measure], list[str]]:
    """CPU time of a request from rates and busy vCPU, by the utilisation law."""
    rps, busy = np.array(rates, dtype=float), np.array(busy_vcpu, dtype=float)
    notes = []
    if vcpu:
        below = busy <= _BUSIEST * vcpu
        if below.sum() >= 3 and not below.all():
            notes.append(f"{(~below).sum()} levels above 70 % of the vCPU are left out of the utilisation law")
            rps, busy = rps[below], busy[below]
    try:
        fit = fit_cpu(rps, busy)
    except InputError as error:
        return {}, [f"no CPU time of it: {error.lines[0]}"]
    if not fit.varies:
        notes.append("the rates differ by less than a factor of two: idle work and requests are not told apart well")
    low, high = fit.cpu_interval or (None, None)
    how = f"slope of busy vCPU over requests a second, {fit.measurements} levels; nothing else may grow with them"
    reads = {
        "cpu_ms": Measure(fit.cpu_ms, "ms of one vCPU a request", low, high, fit.measurements, how),
        "idle_vcpu": Measure(fit.idle_vcpu, "vCPU at no load, the intercept", n=fit.measurements),
    }
    return reads, notes
