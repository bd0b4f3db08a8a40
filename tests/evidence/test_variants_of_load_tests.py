"""Load tests as other versions and other outputs of the tools have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

K6 = """
     http_req_duration..............: avg=109.67ms min=46.72ms med=103.42ms max=1.35s p(90)=120.97ms p(95)=180.11ms
       { expected_response:true }...: avg=100.67ms min=46.72ms med=101.42ms max=1.35s p(90)=120.97ms p(95)=170.11ms
     http_req_failed................: 1.50%  ✓ 15        ✗ 985
     http_reqs......................: 1000   16.604213/s
     vus_max........................: 20     min=20      max=20
"""
OF_K6 = {"throughput_rps": 16.604213, "p50_ms": 103.42, "p95_ms": 180.11, "requests": 1000, "errors": 15, "max_ms": 1350,
         "latency_mean_ms": 109.67, "concurrency": 20}  # fmt: skip
OHA = """Summary:
  Success rate:\t100.00%
  Total:\t10.0034 secs
  Slowest:\t0.0612 secs
  Average:\t0.0124 secs
  Requests/sec:\t4021.5432

Response time distribution:
  50.00% in 0.0110 secs
  95.00% in 0.0260 secs

Status code distribution:
  [200] 40215 responses

Error distribution:
  [50] aborted due to deadline
  [3] connection refused
"""
OF_OHA = {"throughput_rps": 4021.5432, "p50_ms": 11.0, "p95_ms": 26.0, "errors": 3, "requests": 40215, "duration_s": 10.0034,
          "latency_mean_ms": 12.4}  # fmt: skip
VEGETA = """Requests      [total, rate, throughput]         1200, 120.00, 65.87
Duration      [total, attack, wait]             10.094s, 9.949s, 145.35ms
Latencies     [min, mean, 50, 90, 95, 99, max]  90.438us, 113.172ms, 108.272ms, 140.18ms, 247.771ms, 264.815ms, 1m1.2s
Status Codes  [code:count]                      0:535  200:665
"""
VEGETA_ROW = '{{"attack":"","seq":{n},"code":{code},"timestamp":"2026-10-12T08:00:{n:02d}.5+02:00","latency":{ns},"bytes_out":0,"bytes_in":10}}\n'
ARTILLERY = """All VUs finished. Total time: 1 minute, 2 seconds

Summary report @ 12:34:56(+0000)

errors.ETIMEDOUT: ............................. 5
http.codes.200: ............................... 590
http.codes.500: ............................... 10
http.request_rate: ............................ 7/sec
http.requests: ................................ 605
http.response_time:
  min: ........................................ 40
  max: ........................................ 200
  median: ..................................... 51
  p95: ........................................ 90.9
vusers.session_length:
  max: ........................................ 9000
"""
ARTILLERY_1 = """Summary report @ 12:34:56(+0000)
  Scenarios launched:  300
  Requests completed:  600
  Mean response/sec: 18.86
  Response time (msec):
    min: 52.1
    max: 11005.7
    median: 408.2
    p95: 1727.4
  Codes:
    200: 590
    503: 10
""".replace("Response time (msec)", "Request latency")
LOCUST = '"{first}","Name","# requests","# failures","Median response time","Average response time","Max response time","Requests/s"\n'
JMETER = "Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput,Received KB/sec\n"
AUTOCANNON = """Running 10s test @ http://10.0.0.1:3000
10 connections

│ Stat    │ 2.5% │ 50%  │ 97.5% │ 99%  │ Avg     │ Stdev   │ Max   │
│ Latency │ 1 ms │ 2 ms │ 5 ms  │ 7 ms │ 2.02 ms │ 0.17 ms │ 18 ms │
│ Stat      │ 1%     │ 2.5%   │ 50%     │ 97.5%   │ Avg     │ Stdev  │ Min    │
│ Req/Sec   │ 4123   │ 4123   │ 4959    │ 5007    │ 4950.5  │ 77     │ 4123   │

54 2xx responses, 7 non 2xx responses
50k requests in 10s, 60 MB read
2 errors (0 timeouts)
"""

VARIANTS: list[Variant] = [
    ("k6 before version 1", "k6_text", K6, OF_K6),
    ("k6 of version 1", "k6_text", K6.replace("✓ 15        ✗ 985", "15 out of 1000").replace("  http", "  █ http"), OF_K6),
    ("k6 with a threshold and colours", "k6_text", K6.replace("     http_reqs", "   ✓ \x1b[32mhttp_reqs"), OF_K6),
    ("oha", "oha_text", OHA, OF_OHA),
    ("oha with sec", "oha_text", OHA.replace("secs", "sec"), OF_OHA),
    ("oha with ms", "oha_text", OHA.replace("0.0110 secs", "11.0000 ms").replace("0.0124 secs", "12400 us"), OF_OHA),
    ("vegeta", "vegeta_text", VEGETA, {"throughput_rps": 65.87, "sent_rps": 120, "p50_ms": 108.272, "errors": 535,
                                       "requests": 1200, "max_ms": 61200, "duration_s": 9.949}),
    ("vegeta encode", "vegeta_results_json",
     "".join(VEGETA_ROW.format(n=n, code=503 if n == 3 else 200, ns=50_000_000 + n * 1_000_000) for n in range(30)),
     {"requests": 30, "errors": 1, "latency_mean_ms": 64.5, "sent_rps": 1.0, "first": "2026-10-12T06:00:00Z"}),
    ("vegeta encode as CSV", "vegeta_results_csv",
     "".join(f"{1791792000 + n}000000000,200,{50 + n}000000,0,10,,aGk=,,{n},GET,http://x,\n" for n in range(30)),
     {"requests": 30, "latency_mean_ms": 64.5, "first": "2026-10-12T08:00:00Z"}),
    ("artillery 2", "artillery_text", ARTILLERY, {"requests": 605, "errors": 15, "p50_ms": 51, "p95_ms": 90.9, "max_ms": 200,
                                                  "duration_s": 62, "throughput_rps": 605 / 62}),
    ("artillery 1", "artillery_text", ARTILLERY_1,
     {"requests": 600, "errors": 10, "p50_ms": 408.2, "throughput_rps": 18.86}),
    ("artillery 1 as JSON", "artillery_json", json.dumps({"aggregate": {
        "timestamp": "2026-10-12T08:00:00.000Z", "requestsCompleted": 600, "rps": {"count": 600, "mean": 9.98}, "errors": {},
        "latency": {"max": 200.2, "median": 51, "p95": 90.5}, "codes": {"200": 590, "500": 10}}}),
     {"requests": 600, "p50_ms": 51, "errors": 10, "throughput_rps": 9.98, "first": "2026-10-12T08:00:00Z"}),
    ("locust before version 1", "locust_stats_csv",
     LOCUST.format(first="Method") + '"GET","/",900,4,20,25,200,16\n"None","Total",1000,5,20,25,200,16.50\n',
     {"requests": 1000, "errors": 5, "throughput_rps": 16.5, "latency_mean_ms": 25}),
    ("locust of version 0.14", "locust_stats_csv", LOCUST.format(first="Type") + '"","Aggregated",1000,5,20,25,200,16.50\n',
     {"requests": 1000, "throughput_rps": 16.5, "max_ms": 200}),
    ("jmeter aggregate", "jmeter_aggregate_csv",
     JMETER + "home,9,1,1,1,1,1,1,1,0%,1,1\nTOTAL,1000,55,51,80,90,150,20,300,0.50%,16.5,1.2\n",
     {"requests": 1000, "errors": 5, "throughput_rps": 16.5, "p50_ms": 51, "p95_ms": 90, "max_ms": 300}),
    ("jmeter aggregate of one line and minutes", "jmeter_aggregate_csv", JMETER + "home,60,55,51,80,90,150,20,300,0.00%,30/min,1\n",
     {"requests": 60, "errors": 0, "throughput_rps": 0.5}),
    ("jmeter dashboard", "jmeter_statistics_json", json.dumps({"home": {}, "Total": {
        "sampleCount": 1000, "errorCount": 5, "meanResTime": 55.5, "medianResTime": 51.0, "maxResTime": 300.0,
        "pct1ResTime": 80.0, "pct2ResTime": 90.0, "pct3ResTime": 150.0, "throughput": 16.5}}),
     {"requests": 1000, "errors": 5, "throughput_rps": 16.5, "p95_ms": 90, "p99_ms": 150, "latency_mean_ms": 55.5}),
    ("autocannon", "autocannon_text", AUTOCANNON, {"requests": 49505, "errors": 9, "throughput_rps": 4950.5, "p99_ms": 7,
                                                   "latency_mean_ms": 2.02, "concurrency": 10}),
]  # fmt: skip


@parametrized(VARIANTS)
def test_a_variant_is_read(kind, text, told, tmp_path: Path) -> None:
    check(tmp_path, kind, text, told)


def test_binary_results_of_vegeta_say_how_to_get_a_report(tmp_path: Path) -> None:
    """The first bytes of a gob stream of vegeta's type Result."""
    with pytest.raises(InputError, match="vegeta report -type=json") as error:
        read(tmp_path, b"\x7f\xff\x81\x03\x01\x01\x06Result\x01\xff\x82\x00\x01\x0c\x01\x06Attack\x01\x0c\x00" * 20)
    assert len(error.value.lines) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (K6.replace("http_reqs", "http_rex"), "the summary that k6 prints, without http_reqs"),
        (JMETER + "a,9,1,1,1,1,1,1,1,0%,1,1\nb,9,1,1,1,1,1,1,1,0%,1,1\n", "it has no row TOTAL"),
        (VEGETA.replace("1200, 120.00, 65.87", "0, 0, 0"), "it has no request"),
        (OHA.replace("40215", "0").replace("[3]", "[x]"), "it has no request"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert len(error.value.lines) == 1 and words in error.value.lines[0]
