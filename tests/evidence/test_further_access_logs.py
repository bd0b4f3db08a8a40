"""Access logs in further forms, each after the lines that its tool's own documentation shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

HAPROXY = (
    "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:{n:02d}.655] http-in static/srv1 "
    '10/0/30/{took}/109 {status} 2750 - - ---- 1/1/1/1/0 0/0 {{1wt.eu}} {{}} "GET /index.html HTTP/1.1"\n'
)
ENVOY = (
    '[2016-04-15T20:17:{n:02d}.310Z] "POST /api/v1/locations HTTP/2" {status} - {more}154 2000 226 100 "10.0.35.28" '
    '"nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"\n'
)
CLF = '203.0.113.9 - - [01/Dec/2020:22:14:{n:02d} +0000]"GET /pets HTTP/1.1" {status} 2000 c6af9ac6-7b61-11e6-9a41-93e8deadbeef\n'
CSV = "203.0.113.9,-,-,01/Dec/2020:22:14:{n:02d} +0000,GET,/pets,HTTP/1.1,{status},2000,c6af9ac6-7b61-11e6-9a41-93e8deadbeef\n"
XML = (
    '<request id="c6af9ac6"> <ip>203.0.113.9</ip> <caller>-</caller> <user>-</user> '
    "<requestTime>01/Dec/2020:22:14:{n:02d} +0000</requestTime> <httpMethod>GET</httpMethod> "
    "<resourcePath>/pets</resourcePath> <status>{status}</status> <protocol>HTTP/1.1</protocol> "
    "<responseLength>2000</responseLength> </request>\n"
)
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-10-12 08:00:00\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken\n"
)
IIS_LINE = "2026-10-12 08:00:{n:02d} 10.0.0.4 GET /a - 80 - 203.0.113.9 Mozilla/5.0 - {status} 0 0 2000 154 69\n"
CLOUDFRONT = (
    "date,time,location,bytes,request_ip,method,host,uri,status,result_type,request_bytes,time_taken\n",
    "2026-10-12,08:00:{n:02d},FRA56-P1,2000,203.0.113.9,GET,d1.cloudfront.net,/a,{status},{hit},154,0.069\n",
)
COMBINED = '203.0.113.9 - - [12/Oct/2026:08:00:{n:02d} +0000] "GET /a HTTP/1.1" {status} 2000 "-" "agent" 0.069\n'


def ten(line: str, **more: str) -> str:
    """Ten lines, the last of status 500."""
    return "".join(line.format(n=n, status=500 if n == 9 else 200, took=69, **more) for n in range(10))


def docker(lines: str) -> str:
    """Lines as Docker's json-file driver writes them."""
    made = ({"log": line, "stream": "stdout", "time": "2026-10-12T08:00:00.1Z"} for line in lines.splitlines(True))
    return "".join(json.dumps(one) + "\n" for one in made)


OF_TEN = {"requests": 10, "errors": 1, "response_kb": 2}
OF_2026 = OF_TEN | {"first": "2026-10-12T08:00:00Z", "last": "2026-10-12T08:00:09Z"}
OF_GATEWAY = OF_TEN | {"first": "2020-12-01T22:14:00Z", "last": "2020-12-01T22:14:09Z"}
OF_ENVOY = OF_TEN | {"request_kb": 0.154, "response_ms": 100, "first": "2016-04-15T20:17:00Z"}
JSON_LINES = ten(
    '{{"time":"2026-10-12T08:00:{n:02d}Z","status":{status},"body_bytes_sent":2000,"request_time":0.069}}\n'
)
FORMS: list[Variant] = [
    ("HAProxy", "haproxy_http_log", ten(HAPROXY), {
        "requests": 10, "errors": 1, "response_kb": 2.75, "response_ms": 69, "first": "2009-02-06T12:14:00Z"}),
    ("Envoy", "envoy_access_log", ten(ENVOY, more=""), OF_ENVOY),
    ("Istio", "envoy_access_log", ten(ENVOY, more='via_upstream - "-" '), OF_ENVOY),
    ("API Gateway, CLF", "apigw_access_log_clf", ten(CLF), OF_GATEWAY),
    ("API Gateway, CSV", "apigw_access_log_csv", ten(CSV), OF_GATEWAY),
    ("API Gateway, XML", "apigw_access_log_xml", ten(XML), OF_GATEWAY),
    ("IIS", "w3c_access_log", IIS + ten(IIS_LINE), OF_2026 | {"request_kb": 0.154, "response_ms": 69}),
    ("W3C with seconds", "w3c_access_log",
     "#Version: 1.0\n#Fields: date time sc-status sc-bytes time-taken\n"
     + ten("2026-10-12 08:00:{n:02d} {status} 2000 0.069\n"), OF_2026 | {"response_ms": 69.0}),
    ("CloudFront, CSV", "cloudfront_csv", CLOUDFRONT[0] + ten(CLOUDFRONT[1], hit="Miss"),
     OF_2026 | {"origin_requests": 10, "time_taken_ms": 69.0}),
    ("CloudFront, CSV by names of fields", "cloudfront_csv",
     "date,time,x-edge-location,sc-bytes,sc-status,x-edge-result-type,time-taken\n"
     + ten("2026-10-12,08:00:{n:02d},FRA56-P1,2000,{status},Hit,0.069\n"), OF_2026 | {"origin_requests": 0}),
    ("Docker, combined", "docker_json_log", docker(ten(COMBINED)), OF_2026 | {"response_ms": 69.0}),
    ("Docker, JSON", "docker_json_log", docker(JSON_LINES), OF_2026 | {"response_ms": 69.0}),
    ("Kubernetes, JSON", "cri_log", "".join(
        f"2026-10-12T08:00:00.1Z stdout F {line}" for line in JSON_LINES.splitlines(True)), OF_2026),
]  # fmt: skip


@parametrized(FORMS)
def test_a_form_is_read(tmp_path: Path, kind: str, text: str, told: dict[str, object]) -> None:
    check(tmp_path, kind, text, told)


def test_a_request_that_no_server_answered_has_no_time(tmp_path: Path) -> None:
    aborted = HAPROXY.format(n=10, status=503, took=-1)
    _, reads = read(tmp_path, ten(HAPROXY) + aborted)
    assert (reads["requests"], reads["errors"], reads["response_ms"]) == (11, 2, 69)


NLB = (
    "tls 2.0 2018-12-20T02:59:40 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 "
    "172.100.100.185:443 5 2 98 246 - arn:aws:acm:us-east-2:1:certificate/2a108f19 - ECDHE-RSA-AES128-SHA tlsv12 - d - - -\n"
)
S3 = (
    "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] "
    '192.0.2.3 79a59df900 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /b?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3" -\n'
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NLB, "an access log of a Network Load Balancer, which has connections and no requests"),
        (S3, "a server access log of S3, which has the requests of a bucket and none of a service"),
        (docker("hello\n" * 5), "it is of no known kind"),
        (docker(docker(JSON_LINES)), "it is wrapped twice"),
    ],
    ids=["network load balancer", "S3", "Docker, no log", "wrapped twice"],
)
def test_what_holds_no_requests_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) == 1
