"""Results that tools write as one JSON document: oha, Artillery, autocannon, Gatling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import CLOSED, OPEN, LoadResult
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import any_seconds

_NO_FAILURES = ("aborted due to deadline",)  # of oha: how a run of a given time ends
_GATLING = (50, 75, 95, 99)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _of_codes(codes: Mapping[str, Any]) -> tuple[float, float, float]:
    """Answers in all, those of status 5xx, and those of 4xx, of counts by status code."""
    counts = {int(code): number(count) or 0.0 for code, count in codes.items() if str(code).isdigit()}
    failed = sum(count for code, count in counts.items() if code >= 500)
    return sum(counts.values()), failed, sum(count for code, count in counts.items() if 400 <= code < 500)


def _client_errors(result: LoadResult, count: float) -> None:
    if count:
        result.notes.append(f"{count:,.0f} answers of status 4xx are not counted as failures")


def read_oha(source: Source) -> Evidence:
    """Read the JSON of oha: seconds; requests that the end of the run cut off are no failures."""
    document = _mapping(source.document)
    summary = _mapping(document.get("summary"))
    requests, failed, client = _of_codes(_mapping(document.get("statusCodeDistribution")))
    lost = sum(
        number(count) or 0.0
        for words, count in _mapping(document.get("errorDistribution")).items()
        if words not in _NO_FAILURES
    )

    def ms(value: Any) -> float | None:
        figure = number(value)
        return None if figure is None else 1000 * figure

    percentiles = {
        float(name[1:]): figure
        for name, value in _mapping(document.get("latencyPercentiles")).items()
        if re.fullmatch(r"p[\d.]+", str(name)) and (figure := ms(value)) is not None
    }
    result = LoadResult(
        requests=requests,
        errors=failed + lost,
        duration_s=number(summary.get("total")),
        throughput_rps=number(summary.get("requestsPerSec")),
        mean_ms=ms(summary.get("average")),
        most_ms=ms(summary.get("slowest")),
        percentiles=percentiles,
        error_words="answers of status 5xx, and requests without an answer",
    )
    if result.throughput_rps and result.mean_ms:
        in_flight = result.throughput_rps * result.mean_ms / 1000
        result.more["in_flight"] = Measure(in_flight, "requests in flight, by Little's law")
    _client_errors(result, client)
    result.notes.append("closed unless -q was given, which the file does not say; with it use --latency-correction")
    return result.evidence(source)


def read_artillery(source: Source) -> Evidence:
    """Read the report of Artillery. Its request_rate is no mean of the run: requests over their time are."""
    aggregate = _mapping(_mapping(source.document).get("aggregate"))
    counters = _mapping(aggregate.get("counters"))
    times = _mapping(_mapping(aggregate.get("summaries")).get("http.response_time"))
    if not counters:  # version 1
        counters = {
            "http.requests": aggregate.get("requestsCompleted"),
            **{f"http.codes.{code}": count for code, count in _mapping(aggregate.get("codes")).items()},
            **{f"errors.{name}": count for name, count in _mapping(aggregate.get("errors")).items()},
        }
        times = _mapping(aggregate.get("latency"))
    codes = {
        name.removeprefix("http.codes."): count for name, count in counters.items() if name.startswith("http.codes.")
    }
    _, failed, client = _of_codes(codes)
    lost = sum(number(count) or 0.0 for name, count in counters.items() if name.startswith("errors."))
    first, last = number(aggregate.get("firstCounterAt")), number(aggregate.get("lastCounterAt"))
    percentiles = {50.0: number(times.get("median", times.get("p50")))}
    percentiles.update({float(name[1:]): number(times.get(name)) for name in ("p75", "p90", "p95", "p99")})
    result = LoadResult(
        requests=number(counters.get("http.requests")),
        errors=failed + lost,
        mean_ms=number(times.get("mean")),
        most_ms=number(times.get("max")),
        percentiles={percent: ms for percent, ms in percentiles.items() if ms is not None},
        model=OPEN,
        error_words="answers of status 5xx, and errors",
        notes=["its percentiles are of a sketch: right to about a hundredth"],
    )
    if first is not None and last is not None and last > first and result.requests:
        result.duration_s = (last - first) / 1000
        result.throughput_rps = result.requests / result.duration_s
        result.span.add(first / 1000)
        result.span.add(last / 1000)
    mean_rate = number(_mapping(aggregate.get("rps")).get("mean"))
    if result.throughput_rps is None and mean_rate and result.requests:  # version 1
        result.throughput_rps, result.duration_s = mean_rate, result.requests / mean_rate
        result.span.add(any_seconds(aggregate.get("timestamp")))
    _client_errors(result, client)
    return result.evidence(source)


def read_autocannon(source: Source) -> Evidence:
    """Read the JSON of autocannon. Its requests.average is of whole seconds; the count over the time is exact."""
    document = _mapping(source.document)
    latency = _mapping(document.get("latency"))
    count, took = number(latency.get("totalCount")), number(document.get("duration"))
    requests = number(_mapping(document.get("requests")).get("total"))
    lost = (number(document.get("errors")) or 0.0) + (number(document.get("timeouts")) or 0.0)
    names = {50: "p50", 75: "p75", 90: "p90", 97.5: "p97_5", 99: "p99"}
    percentiles = {percent: number(latency.get(name)) for percent, name in names.items()}
    result = LoadResult(
        requests=count if requests is None else requests,
        errors=(number(document.get("non2xx")) or 0.0) + lost,
        duration_s=took,
        throughput_rps=count / took if count is not None and took else None,
        concurrency=(number(document.get("connections")) or 0) * (number(document.get("pipelining")) or 1) or None,
        mean_ms=number(latency.get("mean", latency.get("average"))),
        deviation_ms=number(latency.get("stddev")),
        most_ms=number(latency.get("max")),
        percentiles={percent: ms for percent, ms in percentiles.items() if ms is not None},
        model=CLOSED,
        target=str(document.get("url", ""))[:200],
        error_words="answers that are not 2xx, errors and time-outs",
    )
    result.span.add(any_seconds(document.get("start")))
    result.span.add(any_seconds(document.get("finish")))
    return result.evidence(source)


def read_gatling(source: Source) -> Evidence:
    """Read global_stats.json or stats.json of Gatling; old versions write numbers as text, and - for none."""
    document = _mapping(source.document)
    own = _mapping(document.get("stats")) or document

    def figure(name: str, part: str) -> float | None:
        return number(_mapping(own.get(name)).get(part))

    percentiles = {percent: figure(f"percentiles{place}", "ok") for place, percent in enumerate(_GATLING, 1)}
    mean, deviation = figure("meanResponseTime", "ok"), figure("standardDeviation", "ok")
    result = LoadResult(
        requests=figure("numberOfRequests", "total"),
        errors=figure("numberOfRequests", "ko"),
        throughput_rps=figure("meanNumberOfRequestsPerSecond", "total"),
        mean_ms=mean,
        deviation_ms=deviation,
        most_ms=figure("maxResponseTime", "ok"),
        percentiles={percent: ms for percent, ms in percentiles.items() if ms is not None},
        error_words="requests that are KO",
        notes=["its four percentiles are taken as 50, 75, 95 and 99, which a configuration may change"],
    )
    if mean and deviation is not None:
        result.more["service_cv"] = Measure(deviation / mean, "ratio of requests that are OK, waiting in it")
    return result.evidence(source)


KINDS = (
    Kind(
        "oha_json",
        "the JSON of oha",
        "load_tests",
        {
            "summary": r"\"summary\"\s*:",
            "requestsPerSec": r"\"requestsPerSec\"\s*:",
            "statusCodeDistribution": r"\"statusCodeDistribution\"\s*:",
        },
        read_oha,
    ),
    Kind(
        "artillery_json",
        "the report of Artillery",
        "load_tests",
        {
            "aggregate": r"\"aggregate\"\s*:",
            "requests": r"\"(?:http\.requests|requestsCompleted|vusers\.created)\"\s*:",
        },
        read_artillery,
    ),
    Kind(
        "autocannon_json",
        "the JSON of autocannon",
        "load_tests",
        {"connections": r"\"connections\"\s*:", "totalCount": r"\"totalCount\"\s*:", "non2xx": r"\"non2xx\"\s*:"},
        read_autocannon,
    ),
    Kind(
        "gatling_stats_json",
        "stats.json of Gatling",
        "load_tests",
        {
            "numberOfRequests": r"\"numberOfRequests\"\s*:",
            "percentiles1": r"\"percentiles1\"\s*:",
            "meanNumberOfRequestsPerSecond": r"\"meanNumberOfRequestsPerSecond\"\s*:",
        },
        read_gatling,
    ),
)
