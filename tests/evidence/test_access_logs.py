"""Access logs: fields that came later, units without names, minutes for a trace, and lines that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import InputError
from lambdaplan.evidence.import_files import import_files


def read(tmp_path: Path, content: str | bytes) -> tuple[str, Any]:
    """The kind of a file and what it tells."""
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = import_files([path]).files[0]
    return file.kind, file.evidence


def alb(place: int, took: str = "0.050", status: int = 200, kind: str = "https", more: str = "") -> str:
    """A line of a load balancer, with fields to come."""
    return (
        f"{kind} 2026-10-{12 + place // 1440:02d}T{place // 60 % 24:02d}:{place % 60:02d}:30.000000Z app/web/1 198.51.100.1:5 10.0.0.1:80 0.000 {took} "
        f'0.000 {status} 200 1000 3000 "GET https://x:443/a\\x22b HTTP/2.0" "ua" c t arn "Root=1" "d" "cert" 0 '
        f'2026-10-12T00:00:00.000000Z "forward" "-" "-" "-" "-" "-" "-" TID_1{more}\n'
    )


def test_a_load_balancer_with_new_fields_sockets_and_a_target_that_hung_up(tmp_path: Path) -> None:
    lines = [alb(n, more=' "-" "-" "-" 10.0.0.9') for n in range(8)]
    lines += [alb(8, took="-1", status=502), alb(9, took="900.0", kind="wss")]
    for content in ("".join(lines), gzip.compress("".join(lines).encode())):
        kind, evidence = read(tmp_path, content)
        reads = {name: one.value for name, one in evidence.reads.items()}
        assert kind == "alb_access_log"
        assert (reads["requests"], reads["errors"], reads["not_dispatched"]) == (10, 1, 1)
        assert reads["response_ms"] == pytest.approx(50)
        assert (reads["request_kb"], reads["response_kb"]) == (1, 3)
        assert (evidence.first, evidence.last) == ("2026-10-12T00:00:30Z", "2026-10-12T00:09:30Z")


def test_requests_a_month_and_a_count_a_minute_follow_from_a_week(tmp_path: Path) -> None:
    lines = "".join(alb(n) for n in range(0, 8 * 1440, 7))
    _, evidence = read(tmp_path, lines)
    assert evidence.counts.requests.sum() == len(range(0, 8 * 1440, 7))
    assert evidence.counts.period_s == 60
    month = evidence.reads["requests_per_month"].value
    assert month == pytest.approx(1440 / 7 * 730 / 24, rel=0.001)


COMBINED = '203.0.113.9 - frank [12/Oct/2026:08:00:0{n} +0200] "GET /a\\"b HTTP/1.1" {status} {bytes} "http://r" "agent"{more}\n'


def combined(more: str, bytes_: str = "500") -> str:
    """Ten lines of a server."""
    return "".join(COMBINED.format(n=n, status=500 if n == 9 else 200, bytes=bytes_, more=more) for n in range(10))


@pytest.mark.parametrize(
    ("more", "ms", "unit"),
    [
        (" 0.025", 25, "seconds"),
        (" 25000", 25, "microseconds"),
        (' rt=0.025 uct="0.000" urt="0.024"', 25, "seconds"),
        (" request_time=0.025", 25, "seconds"),
        (' 12 "router" "http://10.0.0.1" 25ms', 25, "ms"),
        (" 2", 2000, "whole seconds"),
        (' "0.025" "-"', 25, "seconds"),
    ],
)
def test_times_of_requests_in_any_unit(more: str, ms: float, unit: str, tmp_path: Path) -> None:
    kind, evidence = read(tmp_path, combined(more))
    assert kind == "combined_log_timed"
    assert evidence.reads["response_ms"].value == pytest.approx(ms)
    assert any(f"taken as {unit}" in note for note in evidence.notes)
    assert evidence.first == "2026-10-12T06:00:00Z"
    assert "203.0.113.9" not in repr(evidence) and "frank" not in repr(evidence)


def test_a_log_without_times_says_how_to_get_them(tmp_path: Path) -> None:
    kind, evidence = read(tmp_path, combined("") + 'garbage\n1.2.3.4 - - [x] "GET" 200 -\n')
    assert kind == "combined_log"
    assert (evidence.reads["requests"].value, evidence.reads["errors"].value) == (10, 1)
    assert any("$request_time" in note for note in evidence.notes)
    common = '1.2.3.4 - - [12/Oct/2026:08:00:00 +0000] "GET / HTTP/1.0" 200 -\n'
    kind, evidence = read(tmp_path, common)
    assert (kind, evidence.reads["response_kb"].value) == ("combined_log", 0)


CADDY = {"level": "info", "ts": 1791792000.5, "request": {"uri": "/", "remote_ip": "198.51.100.1"}, "status": 200,
         "duration": 0.031, "size": 2000}  # fmt: skip
TRAEFIK = {"StartUTC": "2026-10-12T08:00:00Z", "DownstreamStatus": 503, "Duration": 31000000, "RequestPath": "/",
           "DownstreamContentSize": 2000}  # fmt: skip
EXPRESS = {
    "timestamp": "2026-10-12T08:00:00.000Z",
    "method": "GET",
    "statusCode": 200,
    "responseTimeMs": "31",
    "bytes": 2000,
}


@pytest.mark.parametrize("row", [CADDY, TRAEFIK, EXPRESS], ids=["caddy", "traefik", "express"])
def test_json_of_other_servers(row: dict[str, Any], tmp_path: Path) -> None:
    kind, evidence = read(tmp_path, (json.dumps(row) + "\n") * 5 + '{"msg": "started"}\n')
    assert kind == "json_access_log"
    assert evidence.reads["requests"].value == 5
    assert evidence.reads["response_ms"].value == pytest.approx(31)
    assert evidence.reads["response_kb"].value == 2
    assert evidence.first == "2026-10-12T08:00:00Z"
    assert "198.51.100.1" not in repr(evidence)


def test_the_gateway_in_other_names_and_without_an_integration(tmp_path: Path) -> None:
    rows = [
        {"request_id": "a", "requestId": "a", "requestTimeEpoch": "1791792000", "status": "200", "integrationLatencyMs": "90",
         "responseLatency": "100", "responseLength": "-"},
        {"requestId": "b", "requestTimeEpoch": 1791792060000, "status": "403", "integrationLatencyMs": "-", "responseLatency": 2},
    ]  # fmt: skip
    kind, evidence = read(tmp_path, "\n".join(json.dumps(row) for row in rows))
    assert kind == "apigw_access_log_json"
    assert evidence.reads["integration_ms"].value == 90
    assert (evidence.first, evidence.last) == ("2026-10-12T08:00:00Z", "2026-10-12T08:01:00Z")


def test_cloudfront_with_chosen_fields(tmp_path: Path) -> None:
    rows = [{"date": "2026-10-12", "time": f"08:0{n}:00", "x-edge-location": "FRA", "sc-status": 502 if n == 1 else 200,
             "sc-bytes": 1000, "x-edge-result-type": kind, "origin-lbl": lbl}
            for n, (kind, lbl) in enumerate([("Hit", "-"), ("Error", "0.4"), ("Miss", "0.2"), ("RefreshHit", "-")])]  # fmt: skip
    kind, evidence = read(tmp_path, "\n".join(json.dumps(row) for row in rows))
    assert kind == "cloudfront_v2_json"
    assert (evidence.reads["origin_requests"].value, evidence.reads["errors"].value) == (2, 1)
    assert evidence.reads["response_ms"].value == pytest.approx(300)
    fields = "#Version: 1.0\n#Fields: date time x-edge-location sc-status x-edge-result-type\n"
    lines = "2026-10-12\t08:00:00\tFRA\t200\tMiss\n"
    kind, evidence = read(tmp_path, fields + lines + fields + lines)  # two files, one after the other
    assert (kind, evidence.reads["requests"].value) == ("cloudfront_w3c", 2)


def test_a_log_without_requests_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has no request") as error:
        read(tmp_path, "#Version: 1.0\n#Fields: date time x-edge-location sc-status\n")
    assert len(error.value.lines) == 1
