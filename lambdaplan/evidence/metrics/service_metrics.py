"""What series of one service tell together: requests, duration, processor time, memory, sizes in use."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lambdaplan.evidence.evidence import Counts, Evidence, Measure
from lambdaplan.evidence.metrics.series import Series, period_s
from lambdaplan.evidence.metrics.stored_points import Points
from lambdaplan.evidence.metrics.utilisation_law import utilisation_law
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.times import Span

HOURS_PER_MONTH = 730
REQUESTS = ("Invocations", "RequestCount", "Count")
_Z95, _Z99 = 1.6449, 2.3263


def metric_evidence(all_series: Sequence[Series], notes: Sequence[str] = ()) -> Evidence:
    """What series tell; those of several functions are added up, and told apart by name."""
    kept = [one for one in all_series if one.count]
    span = Span()
    for one in kept:
        span.add(one.first)
        span.add(one.last)
    said = list(notes)
    reads = _reads(kept, said)
    named: dict[str, list[Series]] = {}
    for one in kept:
        named.setdefault(one.of, []).append(one)
    names = sorted({one.of for one in kept if one.metric in REQUESTS and one.of})
    if len(names) > 1:
        for name in names:
            own = _reads(named[name], [])
            reads.update({f"{name_of(name)}.{read}": value for read, value in own.items()})
    regions = {one.region for one in kept if one.region}
    if len(regions) == 1:
        reads["region"] = Measure(regions.pop(), "AWS region")
    rows = sum(one.count for one in kept)
    parts = {"utilisation": _utilisation(kept)}
    one_vcpu = {"cpu_ms"} & reads.keys()

    def of(name: str) -> Evidence | None:
        own = [one for one in kept if name_of(one.of or "") == name]
        return metric_evidence(own, notes) if own else None

    return Evidence(
        rows,
        reads,
        *span.iso,
        cannot_tell=_cannot_tell(kept),
        notes=said,
        counts=_counts(kept),
        parts=parts,
        not_values=one_vcpu,
        of=of if len(names) > 1 else None,
    )


def _cannot_tell(kept: Sequence[Series]) -> tuple[str, ...]:
    metrics = {one.metric for one in kept}
    if metrics & {"Invocations", "Duration"}:
        cannot = ["memory", "CPU time", "cold starts"]
        step = min(one.step or 3600.0 for one in kept)
        if step >= 3600:
            cannot.append("peak within an hour: ask for 5-minute or 1-minute points")
        return tuple(cannot)
    if "CPUUtilization" in metrics:
        cannot = ["size of a task or instance: take it from its definition"]
        return tuple(cannot if metrics & set(REQUESTS) else [*cannot, "requests"])
    return ("CPU time", "sizes and numbers of units")


def _one(kept: Sequence[Series], metric: str, *statistics: str) -> list[Series]:
    """The series of a metric with the first of these statistics that is there."""
    for statistic in statistics:
        chosen = [one for one in kept if one.metric == metric and one.statistic == statistic]
        if chosen:
            return chosen
    return []


def _request_series(kept: Sequence[Series]) -> list[Series]:
    for metric in REQUESTS:
        chosen = _one(kept, metric, "Sum", "SampleCount")
        if chosen:
            return chosen
    return []


def _together(many: Sequence[Series]) -> Points | None:
    """The sum of several series by time; None where there is none."""
    if not many:
        return None
    times, values = (np.array(one) for one in many[0].points())
    for one in many[1:]:
        own, more = one.points()
        if not np.array_equal(own, times):
            joint = np.union1d(times, own)
            wider = np.zeros(len(joint))
            wider[np.searchsorted(joint, times)] = values
            times, values = joint, wider
        values[np.searchsorted(times, own)] += more
    return times, values


def _at(points: Points, times: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    """The value of points at other times; `otherwise` where they have none."""
    own, values = points
    place = np.minimum(np.searchsorted(own, times), len(own) - 1)
    return np.where(own[place] == times, values[place], otherwise)


def _reads(kept: Sequence[Series], notes: list[str]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    requests = _together(_request_series(kept))
    if requests is not None:
        reads.update(_requests(kept, requests, notes))
    reads.update(_durations(kept, requests))
    reads.update(_load_balancer(kept, requests))
    reads.update(_units(kept, requests, notes))
    if len(kept) == 1:
        only = kept[0]
        reads["statistic"] = Measure(only.statistic, "of the series")
        reads["period_s"] = Measure(whole(only.step or 3600.0), "s")
    for metric, name in (("Errors", "errors"), ("Throttles", "throttles"), ("5XXError", "errors"), ("5xx", "errors")):
        chosen = _one(kept, metric, "Sum")
        if chosen:
            reads[name] = Measure(whole(sum(one.total for one in chosen)), "requests")
    concurrency = _one(kept, "ConcurrentExecutions", "Maximum")
    if concurrency:
        most = max(one.most for one in concurrency)
        reads["concurrency_max"] = Measure(whole(most), "requests in flight")
    return reads


def _requests(kept: Sequence[Series], points: Points, notes: list[str]) -> dict[str, Measure]:
    chosen = _request_series(kept)
    times, values = points
    if len(values) > 2 and (values == 1).all() and not chosen[0].is_told:
        notes.append("every point is 1: that is the Average of requests; ask for the Sum")
        return {}
    step = period_s(times)
    periods = round((times[-1] - times[0]) / step) + 1
    hours = periods * step / 3600
    total = float(values.sum())
    count = len(values)
    reads = {"requests": Measure(whole(total), f"requests in {hours / 24:,.4g} days", n=count)}
    reads["period_days"] = Measure(whole(hours / 24), "days")
    month = total * HOURS_PER_MONTH / hours
    how = f"{total:,.0f} requests in {hours:,.4g} h, times 730 h"
    if hours >= 24:
        reads["requests_per_month"] = Measure(
            round(month), "requests a month of 730 h", *_month(values, step), count, how
        )
    if hours < 168:
        notes.append("less than a week: a month may be another")
    missing = periods - count
    reads["hours_missing"] = Measure(whole(missing * step / 3600), "hours without a point: they are zeros")
    if step <= 3600:
        starts = np.unique(times // 3600, return_index=True)[1]
        most = float(np.add.reduceat(values, starts).max())
        reads["peak_hour_requests"] = Measure(whole(most), "requests in an hour")
    return reads


def _month(values: np.ndarray, step: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a month's requests, from how whole weeks differ; None below three weeks."""
    per_week = round(7 * 86400 / step)
    weeks = len(values) // per_week
    if weeks < 3:
        return None, None
    sums = values[: weeks * per_week].reshape(weeks, per_week).sum(axis=1)
    from lambdaplan.confidence import student_t

    month = float(sums.mean()) * HOURS_PER_MONTH / 168
    half = student_t(weeks - 1) * float(sums.std(ddof=1)) / math.sqrt(weeks) * HOURS_PER_MONTH / 168
    return max(0.0, month - half), month + half


def _weighted(many: Sequence[Series], weights: Points | None) -> float | None:
    """The mean of series, each point weighted by the requests of its period."""
    top = bottom = 0.0
    for one in many:
        times, values = one.points()
        weight = np.ones(len(times)) if weights is None else _at(weights, times)
        top, bottom = top + float(values @ weight), bottom + float(weight.sum())
    return top / bottom if bottom else None


def _own_weights(kept: Sequence[Series], many: Sequence[Series], requests: Points | None) -> float | None:
    """The mean over resources, each weighted by its own requests where they are told apart."""
    means = _by_name(many)
    if len(means) < 2:
        return _weighted(many, requests)
    own = _by_name(_request_series(kept))
    totals = {name: sum(one.total for one in own.get(name, ())) for name in means}
    if not all(own.get(name) for name in means):
        return _weighted(many, requests)
    whole_sum = sum(totals.values())
    top = sum((_weighted(means[name], _together(own[name])) or 0.0) * totals[name] for name in means)
    return top / whole_sum if whole_sum else None


def _by_name(many: Sequence[Series]) -> dict[str, list[Series]]:
    named: dict[str, list[Series]] = {}
    for one in many:
        named.setdefault(one.of, []).append(one)
    return named


def _durations(kept: Sequence[Series], requests: Points | None) -> dict[str, Measure]:
    averages = _one(kept, "Duration", "Average")
    total = _sum(requests)
    sums = _one(kept, "Duration", "Sum")
    reads: dict[str, Measure] = {}
    weighted = "weighted by requests" if requests is not None else "of the periods, not weighted: no requests beside it"
    if averages:
        mean = _own_weights(kept, averages, requests)
    elif sums and total:
        mean = sum(one.total for one in sums) / total
    else:
        mean = None
    if mean is not None:
        count = None if requests is None else int(total)
        reads["duration_ms"] = Measure(mean, f"ms, {weighted}", n=count, how="initialisation is not in it")
    spread = _spread(kept)
    if spread is not None and mean is not None:
        how = "lognormal fitted to the medians of p95/p50 and p99/p50 of periods; blind to rare long requests"
        reads["service_cv"] = Measure(spread, "ratio", how=how)
    for metric, name in (("Latency", "latency_mean_ms"), ("IntegrationLatency", "integration_ms")):
        chosen = _one(kept, metric, "Average")
        mean = _own_weights(kept, chosen, requests) if chosen else None
        if mean is not None:
            reads[name] = Measure(mean, f"ms, {weighted}; the gateway's overhead in it")
    return reads


def _spread(kept: Sequence[Series]) -> float | None:
    """Standard deviation over mean by a lognormal whose percentiles have the median ratios of the periods."""
    by = {percent: _one(kept, "Duration", percent) for percent in ("p50", "p95", "p99")}
    if not by["p50"] or len(by["p50"]) > 1:
        return None
    middle = by["p50"][0].points()
    sigmas = []
    for percent, z in (("p95", _Z95), ("p99", _Z99)):
        if len(by[percent]) == 1:
            times, values = by[percent][0].points()
            median = _at(middle, times)
            told = (median > 0) & (values >= median)
            if told.any():
                sigmas.append((math.log(float(np.median(values[told] / median[told]))), z))
    if not sigmas:
        return None
    sigma = sum(log * z for log, z in sigmas) / sum(z * z for _, z in sigmas)
    return math.sqrt(math.expm1(min(sigma * sigma, 30.0)))


def _sum(points: Points | None) -> float:
    return 0.0 if points is None else float(points[1].sum())


def _load_balancer(kept: Sequence[Series], requests: Points | None) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    response = _one(kept, "TargetResponseTime", "Average")
    mean = _weighted(response, requests) if response else None
    if mean is not None:
        words = "ms; the metric is in seconds, it is the target's time to its first byte of answer headers"
        reads["response_ms"] = Measure(mean * 1000, words)
    sent = _one(kept, "ProcessedBytes", "Sum")
    if sent and (total := _sum(requests)):
        kb = sum(one.total for one in sent) / total / 1000
        reads["kb_per_request"] = Measure(kb, "KB, both ways")
    units = _one(kept, "ConsumedLCUs", "Average", "Sum")
    if units:
        step = units[0].step or 3600.0
        mean = sum(one.mean / (step / 60 if one.statistic == "Sum" else 1) for one in units)
        reads["mean_lcu"] = Measure(mean, "LCU")
    return reads


def _units(kept: Sequence[Series], requests: Points | None, notes: list[str]) -> dict[str, Measure]:
    """What the processor, memory and number of tasks or instances say."""
    reads: dict[str, Measure] = {}
    cpu = _one(kept, "CPUUtilization", "Average")
    if cpu:
        reads["cpu_percent_mean"] = _mean(cpu, "percent of what is reserved")
    most = _one(kept, "CPUUtilization", "Maximum") or cpu
    if most:
        reads["cpu_percent_max"] = Measure(max(one.most for one in most), "percent")
    memory = _one(kept, "MemoryUtilization", "Average", "Maximum")
    if memory:
        reads["memory_percent_mean"] = _mean(memory, "percent of a task's memory")
    tasks = _one(kept, "RunningTaskCount", "Average") or _one(kept, "GroupInServiceInstances", "Average")
    if tasks:
        reads["tasks"] = Measure(whole(sum(one.mean for one in tasks)), "tasks or instances, mean")
    law = utilisation_law(_utilisation(kept))
    if law is not None:
        reads["cpu_ms"] = law.cpu_ms(1, "ms a request for each vCPU of a unit: its size is in no metric")
        reads["idle_vcpu"] = law.idle_vcpu(1, "vCPU at no load for each vCPU of a unit")
        notes.extend(law.notes)
    elif cpu and requests is not None:
        notes.append("requests do not vary enough (twice, over ten periods) to tell CPU time from idle load")
    return reads


def _mean(many: Sequence[Series], words: str) -> Measure:
    """The mean of all points of series."""
    count = sum(one.count for one in many)
    return Measure(sum(one.total for one in many) / count, words, n=count)


def _utilisation(kept: Sequence[Series]) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Requests a second, percent of CPU and units of each period in which all are known."""
    requests = _together(_request_series(kept))
    cpu = _one(kept, "CPUUtilization", "Average")
    if requests is None or len(cpu) != 1:
        return None
    tasks = _together(_one(kept, "RunningTaskCount", "Average") or _one(kept, "GroupInServiceInstances", "Average"))
    times, percent = cpu[0].points()
    units = np.ones(len(times)) if tasks is None else _at(tasks, times, math.nan)
    known = ~np.isnan(units)
    return _at(requests, times)[known] / period_s(requests[0]), percent[known], units[known]


def _counts(kept: Sequence[Series]) -> Counts | None:
    points = _together(_request_series(kept))
    if points is None or len(points[0]) < 3:
        return None
    times, requests = points
    return Counts((times * 1e6).astype(np.int64), requests, period_s(times), zeros_omitted=True)
