"""Results of JMeter: JTL as CSV with or without a header and as XML, and the tables of its reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import CLOSED, LoadResult
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import seconds

_USUAL = [
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
    "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency", "IdleTime", "Connect",
]  # fmt: skip
"""The columns that JMeter writes unless told otherwise, where it writes no header."""
_ELEMENT = re.compile(r"<(/?)(httpSample|sample)\b((?:[^>\"]|\"[^\"]*\")*?)(/?)>")
_ATTRIBUTE = re.compile(r"\b(ts|t|s|na)=\"([^\"]*)\"")


class _Samples:
    """Samples one after the other."""

    def __init__(self) -> None:
        self.values = Values()
        self.errors = 0
        self.threads = 0.0
        self.first, self.begun, self.last = float("inf"), 0.0, 0.0

    def add(self, start: float | None, elapsed: float | None, success: str, threads: float | None) -> None:
        """Take one sample in; its start in seconds, its length in ms."""
        if elapsed is None:
            return
        self.values.add(elapsed)
        self.errors += success.strip().lower() != "true"
        self.threads = max(self.threads, threads or 0.0)
        if start is not None:
            self.first = min(self.first, start)
            if start >= self.begun:  # the run ends with the sample that began last, not with one that hangs
                self.begun, self.last = start, start + elapsed / 1000

    def evidence(self, source: Source, notes: list[str]) -> Evidence:
        """What they add up to."""
        took = self.last - self.first
        result = LoadResult(
            requests=float(self.values.n if self.values else 0),
            errors=float(self.errors),
            duration_s=took if took > 0 else None,
            throughput_rps=self.values.n / took if self.values and took > 0 else None,
            concurrency=self.threads or None,
            model=CLOSED,
            values=self.values,
            error_words="samples without success",
            notes=[*notes, "closed unless a throughput timer set the rate; elapsed is to the last byte"],
        )
        if took > 0:
            result.span.add(self.first)
            result.span.add(self.last)
        return result.evidence(source)


def read_csv(source: Source) -> Evidence:
    """Read a JTL as CSV. Rows of transaction controllers hold those of their requests and are left out."""
    samples, transactions = _Samples(), 0
    for row in _rows(source):
        if row.get("responseMessage", "").startswith("Number of samples in transaction"):
            transactions += 1
            continue
        samples.add(
            seconds(row.get("timeStamp", "")),
            number(row.get("elapsed")),
            row.get("success", "true"),
            number(row.get("allThreads")),
        )
    notes = [f"{transactions:,} rows of transaction controllers are left out"] if transactions else []
    return samples.evidence(source, notes)


def _rows(source: Source) -> Iterator[dict[str, str]]:
    if "elapsed" in source.header:
        yield from source.rows()
        return
    for cells in source.cells():
        names = _USUAL if len(cells) == len(_USUAL) else [name for name in _USUAL if name != "URL"]
        yield dict(zip(names, cells, strict=False))


_LINES = {"90% Line": 90.0, "95% Line": 95.0, "99% Line": 99.0, "Median": 50.0}
_ROUNDED = "throughput is of the time from the first sample to the last; figures are those that JMeter has added up"


def read_aggregate(source: Source) -> Evidence:
    """Read the table of an Aggregate Report or a Summary Report: the row TOTAL, or the only one."""
    rows = [row for row in source.rows() if number(row.get("# Samples")) is not None]
    total = next((row for row in rows if row.get("Label", "").upper() == "TOTAL"), None)
    if total is None:
        if len(rows) != 1:
            raise source.refuse("it has no row TOTAL", "the table of an Aggregate Report of JMeter")
        total = rows[0]
    requests, failed = number(total["# Samples"]) or 0.0, number(total.get("Error %", "").rstrip("%"))
    rate = total.get("Throughput", "")
    per_s = number(rate.partition("/")[0])
    per = {"min": 60.0, "hour": 3600.0}.get(rate.partition("/")[2].strip(), 1.0)
    percentiles = {percent: ms for name, percent in _LINES.items() if (ms := number(total.get(name))) is not None}
    result = LoadResult(
        requests=requests,
        errors=None if failed is None else round(failed / 100 * requests),
        throughput_rps=None if per_s is None else per_s / per,
        mean_ms=number(total.get("Average")),
        deviation_ms=number(total.get("Std. Dev.")),
        most_ms=number(total.get("Max")),
        percentiles=percentiles,
        model=CLOSED,
        error_words="samples without success",
        notes=[_ROUNDED],
    )
    return result.evidence(source)


def read_statistics(source: Source) -> Evidence:
    """Read statistics.json of JMeter's dashboard: its entry Total; percentiles are the three of its settings."""
    document = source.document
    total = document.get("Total") if isinstance(document, Mapping) else None
    if not isinstance(total, Mapping):
        raise source.refuse("it has no entry Total", "statistics.json of JMeter's dashboard")
    names = {50.0: "medianResTime", 90.0: "pct1ResTime", 95.0: "pct2ResTime", 99.0: "pct3ResTime"}
    percentiles = {percent: ms for percent, name in names.items() if (ms := number(total.get(name))) is not None}
    result = LoadResult(
        requests=number(total.get("sampleCount")),
        errors=number(total.get("errorCount")),
        throughput_rps=number(total.get("throughput")),
        mean_ms=number(total.get("meanResTime")),
        most_ms=number(total.get("maxResTime")),
        percentiles=percentiles,
        model=CLOSED,
        error_words="samples without success",
        notes=[_ROUNDED, "its percentiles are taken as 90, 95 and 99, which a configuration may change"],
    )
    return result.evidence(source)


def read_xml(source: Source) -> Evidence:
    """Read a JTL as XML, element by element; samples within a sample are its parts. No entity of it is read."""
    samples, depth, left = _Samples(), 0, ""
    for block in source.blocks():
        text = left + block.decode("utf-8", "replace")
        end = 0
        for match in _ELEMENT.finditer(text):
            end = match.end()
            if match[1]:
                depth = max(0, depth - 1)
                continue
            if not depth:
                own = dict(_ATTRIBUTE.findall(match[3]))
                samples.add(
                    seconds(own.get("ts", "")), number(own.get("t")), own.get("s", "true"), number(own.get("na"))
                )
            depth += not match[4]
        left = text[max(end, len(text) - 65_536) :]
    return samples.evidence(source, [])


def _headerless(source: Source) -> bool:
    """Whether the first line is a sample: a time in milliseconds, a length, and success among its cells."""
    cells = source.header
    return len(cells) >= 12 and cells[0].isdigit() and cells[1].isdigit() and cells[7].lower() in ("true", "false")


KINDS = (
    Kind(
        "jmeter_jtl_csv",
        "a JTL of JMeter",
        "load_tests",
        {
            "timeStamp or a time in ms": r"\A[^\n]*\btimeStamp\b|\A\d{13}[,;\t]\d+[,;\t]",
            "elapsed and success": r"\A[^\n]*\belapsed\b|\A[^\n]*[,;\t](?:true|false)[,;\t]",
        },
        read_csv,
        also=lambda source: "elapsed" in source.header or _headerless(source),
    ),
    Kind(
        "jmeter_aggregate_csv",
        "an Aggregate Report of JMeter",
        "load_tests",
        {
            "Label": r"\A[^\n]*\bLabel\b",
            "# Samples": r"\A[^\n]*# Samples",
            "Average": r"\A[^\n]*\bAverage\b",
            "Error % or Throughput": r"\A[^\n]*(?:Error %|Throughput)",
        },
        read_aggregate,
    ),
    Kind(
        "jmeter_statistics_json",
        "statistics.json of JMeter's dashboard",
        "load_tests",
        {
            "sampleCount": r"\"sampleCount\"\s*:",
            "pct1ResTime": r"\"pct1ResTime\"\s*:",
            "meanResTime": r"\"meanResTime\"\s*:",
        },
        read_statistics,
    ),
    Kind(
        "jmeter_jtl_xml",
        "a JTL of JMeter as XML",
        "load_tests",
        {"testResults": r"<testResults\b", "samples": r"<(?:httpSample|sample)\b"},
        read_xml,
    ),
)
