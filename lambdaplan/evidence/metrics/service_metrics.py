"""What series of one service tell together: requests, duration, processor time, memory, sizes in use."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lambdaplan.evidence.evidence import Counts, Evidence, Measure
from lambdaplan.evidence.metrics.series import Series, period_s
from lambdaplan.evidence.metrics.utilisation_law import utilisation_law
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.times import Span

HOURS_PER_MONTH = 730
REQUESTS = ("Invocations", "RequestCount", "Count")
_Z95, _Z99 = 1.6449, 2.3263


def metric_evidence(all_series: Sequence[Series], notes: Sequence[str] = ()) -> Evidence:
    """What series tell; those of several functions are added up, and told apart by name."""
    kept = [one for one in all_series if len(one.times)]
    span = Span()
    for one in kept:
        span.add(float(one.times[0]))
        span.add(float(one.times[-1]))
    said = list(notes)
    reads = _reads(kept, said)
    names = sorted({one.of for one in kept if one.metric in REQUESTS and one.of})
    if len(names) > 1:
        for name in names:
            own = _reads([one for one in kept if one.of == name], [])
            reads.update({f"{name_of(name)}.{read}": value for read, value in own.items()})
    regions = {one.region for one in kept if one.region}
    if len(regions) == 1:
        reads["region"] = Measure(regions.pop(), "AWS region")
    rows = sum(len(one.times) for one in kept)
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
        step = min(period_s(one.times) for one in kept)
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


def _together(many: Sequence[Series]) -> dict[float, float]:
    """The sum of several series by time."""
    points: dict[float, float] = {}
    for one in many:
        for time, value in zip(one.times.tolist(), one.values.tolist(), strict=True):
            points[time] = points.get(time, 0.0) + value
    return points


def _reads(kept: Sequence[Series], notes: list[str]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    requests = _together(_request_series(kept))
    if requests:
        reads.update(_requests(kept, requests, notes))
    reads.update(_durations(kept, requests))
    reads.update(_load_balancer(kept, requests))
    reads.update(_units(kept, requests, notes))
    if len(kept) == 1:
        only = kept[0]
        reads["statistic"] = Measure(only.statistic, "of the series")
        reads["period_s"] = Measure(whole(period_s(only.times)), "s")
    for metric, name in (("Errors", "errors"), ("Throttles", "throttles"), ("5XXError", "errors"), ("5xx", "errors")):
        chosen = _one(kept, metric, "Sum")
        if chosen:
            reads[name] = Measure(whole(sum(one.total for one in chosen)), "requests")
    concurrency = _one(kept, "ConcurrentExecutions", "Maximum")
    if concurrency:
        most = max(float(one.values.max()) for one in concurrency)
        reads["concurrency_max"] = Measure(whole(most), "requests in flight")
    return reads


def _requests(kept: Sequence[Series], points: dict[float, float], notes: list[str]) -> dict[str, Measure]:
    chosen = _request_series(kept)
    times = np.array(sorted(points))
    values = np.array([points[time] for time in times])
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
    hourly: dict[float, float] = {}
    for time, value in points.items():
        hourly[time // 3600] = hourly.get(time // 3600, 0.0) + value
    if step <= 3600:
        reads["peak_hour_requests"] = Measure(whole(max(hourly.values())), "requests in an hour")
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


def _weighted(many: Sequence[Series], weights: dict[float, float]) -> float | None:
    """The mean of series, each point weighted by the requests of its period."""
    top = bottom = 0.0
    for one in many:
        for time, value in zip(one.times.tolist(), one.values.tolist(), strict=True):
            weight = weights.get(time, 0.0) if weights else 1.0
            top, bottom = top + value * weight, bottom + weight
    return top / bottom if bottom else None


def _own_weights(kept: Sequence[Series], many: Sequence[Series], requests: dict[float, float]) -> float | None:
    """The mean over resources, each weighted by its own requests where they are told apart."""
    names = {one.of for one in many}
    if len(names) < 2:
        return _weighted(many, requests)
    own = {name: _together([one for one in _request_series(kept) if one.of == name]) for name in names}
    if not all(own.values()):
        return _weighted(many, requests)
    totals = {name: sum(points.values()) for name, points in own.items()}
    means = {name: _weighted([one for one in many if one.of == name], own[name]) for name in names}
    whole_sum = sum(totals.values())
    return sum((means[name] or 0.0) * totals[name] for name in names) / whole_sum if whole_sum else None


def _durations(kept: Sequence[Series], requests: dict[float, float]) -> dict[str, Measure]:
    averages = _one(kept, "Duration", "Average")
    sums = _one(kept, "Duration", "Sum")
    reads: dict[str, Measure] = {}
    weighted = "weighted by requests" if requests else "of the periods, not weighted: no requests beside it"
    if averages:
        mean = _own_weights(kept, averages, requests)
    elif sums and requests:
        mean = sum(one.total for one in sums) / sum(requests.values())
    else:
        mean = None
    if mean is not None:
        count = int(sum(requests.values())) if requests else None
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
    middle = dict(zip(by["p50"][0].times.tolist(), by["p50"][0].values.tolist(), strict=True))
    sigmas = []
    for percent, z in (("p95", _Z95), ("p99", _Z99)):
        if len(by[percent]) == 1:
            pairs = zip(by[percent][0].times.tolist(), by[percent][0].values.tolist(), strict=True)
            ratios = [value / middle[time] for time, value in pairs if middle.get(time) and value >= middle[time]]
            if ratios:
                sigmas.append((math.log(float(np.median(ratios))), z))
    if not sigmas:
        return None
    sigma = sum(log * z for log, z in sigmas) / sum(z * z for _, z in sigmas)
    return math.sqrt(math.expm1(min(sigma * sigma, 30.0)))


def _load_balancer(kept: Sequence[Series], requests: dict[float, float]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    response = _one(kept, "TargetResponseTime", "Average")
    mean = _weighted(response, requests) if response else None
    if mean is not None:
        words = "ms; the metric is in seconds, it is the target's time to its first byte of answer headers"
        reads["response_ms"] = Measure(mean * 1000, words)
    sent = _one(kept, "ProcessedBytes", "Sum")
    if sent and requests and sum(requests.values()):
        kb = sum(one.total for one in sent) / sum(requests.values()) / 1000
        reads["kb_per_request"] = Measure(kb, "KB, both ways")
    units = _one(kept, "ConsumedLCUs", "Average", "Sum")
    if units:
        step = period_s(units[0].times)
        mean = sum(one.mean / (step / 60 if one.statistic == "Sum" else 1) for one in units)
        reads["mean_lcu"] = Measure(mean, "LCU")
    return reads


def _units(kept: Sequence[Series], requests: dict[float, float], notes: list[str]) -> dict[str, Measure]:
    """What the processor, memory and number of tasks or instances say."""
    reads: dict[str, Measure] = {}
    cpu = _one(kept, "CPUUtilization", "Average")
    if cpu:
        values = np.concatenate([one.values for one in cpu])
        reads["cpu_percent_mean"] = Measure(float(values.mean()), "percent of what is reserved", n=len(values))
    most = _one(kept, "CPUUtilization", "Maximum") or cpu
    if most:
        reads["cpu_percent_max"] = Measure(max(float(one.values.max()) for one in most), "percent")
    memory = _one(kept, "MemoryUtilization", "Average", "Maximum")
    if memory:
        values = np.concatenate([one.values for one in memory])
        reads["memory_percent_mean"] = Measure(float(values.mean()), "percent of a task's memory", n=len(values))
    tasks = _one(kept, "RunningTaskCount", "Average") or _one(kept, "GroupInServiceInstances", "Average")
    if tasks:
        reads["tasks"] = Measure(whole(sum(one.mean for one in tasks)), "tasks or instances, mean")
    law = utilisation_law(_utilisation(kept))
    if law is not None:
        reads["cpu_ms"] = law.cpu_ms(1, "ms a request for each vCPU of a unit: its size is in no metric")
        reads["idle_vcpu"] = law.idle_vcpu(1, "vCPU at no load for each vCPU of a unit")
        notes.extend(law.notes)
    elif cpu and requests:
        notes.append("requests do not vary enough (twice, over ten periods) to tell CPU time from idle load")
    return reads


def _utilisation(kept: Sequence[Series]) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Requests a second, percent of CPU and units of each period in which all are known."""
    requests = _together(_request_series(kept))
    cpu = _one(kept, "CPUUtilization", "Average")
    if not requests or len(cpu) != 1:
        return None
    tasks = _together(_one(kept, "RunningTaskCount", "Average") or _one(kept, "GroupInServiceInstances", "Average"))
    step = period_s(sorted(requests))
    rows = [
        (requests.get(time, 0.0) / step, value, tasks.get(time, 1.0 if not tasks else math.nan))
        for time, value in zip(cpu[0].times.tolist(), cpu[0].values.tolist(), strict=True)
    ]
    table = np.array([row for row in rows if not math.isnan(row[2])], dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _counts(kept: Sequence[Series]) -> Counts | None:
    points = _together(_request_series(kept))
    if len(points) < 3:
        return None
    times = np.array(sorted(points))
    requests = np.array([points[time] for time in times])
    return Counts((times * 1e6).astype(np.int64), requests, period_s(times), zeros_omitted=True)
