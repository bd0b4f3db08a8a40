"""Slips of a human, each with the message it gives: a reader who sees only the message knows what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lambdaplan.cli.main import main

SCENARIO = {
    "version": 1,
    "name": "An API",
    "workload": {"requests_per_month": 1_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 200},
    "options": [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2},
        {"kind": "ec2", "instance_type": "m5.large"},
    ],
}
USAGE = {"version": 1, "usage": [{"service": "lambda", "requests": 1, "duration_ms": 1, "memory_mb": 128}]}
LINE = json.dumps(SCENARIO)

CHANGES = [
    # a change, the message
    ("workload.busy_share=30", "workload.busy_share = 30 is outside 0..1 (share). Try busy_share=0.3, if 30 is in percent."),
    ("workload.busy_share=0,3", 'workload.busy_share = "0,3" is not a number with a decimal point, 0..1 (share). It has a decimal comma: write 0.3.'),
    ("workload.duration_ms=1,5", 'workload.duration_ms = "1,5" is not a number with a decimal point, 0..604800000 (ms, above 0). It has a decimal comma: write 1.5.'),
    ("workload.duration_ms=512MB", 'workload.duration_ms = "512MB" is not a time, 0..604800000 (ms, above 0). MB is a unit of size; write it as 200ms or 1.5s.'),
    ("workload.duration_ms=fast", 'workload.duration_ms = "fast" is not a number, 0..604800000 (ms, above 0). Write it as 200ms or 1.5s.'),
    ("workload.duration_ms=-200", "workload.duration_ms = -200 is outside 0..604800000 (ms, above 0). Try duration_ms=1."),
    ("workload.duration_ms=0", "workload.duration_ms = 0 is outside 0..604800000 (ms, above 0). Try duration_ms=1."),
    ("workload.requests_per_month=10.000.000", 'workload.requests_per_month = "10.000.000" is not a number, 0..1000000000000000 (requests a month, whole numbers). It has points between thousands: write 10000000.'),
    ("workload.requests_per_month=10 Mio/Monat", 'workload.requests_per_month = "10 Mio/Monat" is not a number, 0..1000000000000000 (requests a month, whole numbers). "Mio/Monat" is no rate here; write it as 10M, 500k/day or 120/s.'),
    ("workload.requests_per_month=many", 'workload.requests_per_month = "many" is not a number, 0..1000000000000000 (requests a month, whole numbers). Write it as 10M, 500k/day or 120/s.'),
    ("workload.requests_per_month=1.5", "workload.requests_per_month = 1.5 is not a whole number, 0..1000000000000000 (requests a month, whole numbers). Try requests_per_month=2."),
    ("workload.working_set_mb=200ms", 'workload.working_set_mb = "200ms" is not a size, 0..1000000000 (MB, above 0). ms is a unit of time; write it as 512MB or 0.5GB.'),
    ("workload.runtime=python", "workload.runtime = python is not one of 40 measured names. The nearest: python3.14, python3.13, python3.12, python3.11."),
    ("workload.runtime=golang", "workload.runtime = golang is not one of 40 measured names. Did you mean go/al2?"),
    ("workload.traffic.shape=business hours", 'workload.traffic.shape = "business hours" is not one of flat, office_hours, daily, weekend_peak, spiky. Did you mean office_hours?'),
    ("workload.traffic=office_hours", 'workload.traffic = "office_hours" is not an object such as {"shape": "flat"}. Try {"shape": "office_hours"}.'),
    ("workload.latency_ms=200", "workload.latency_ms is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. Did you mean duration_ms?"),
    ("workload.rps=200", "workload.rps is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. Did you mean requests_per_month?"),
    ("workload.requests_per_mouth=5", "workload.requests_per_mouth is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. Did you mean requests_per_month?"),
    ("workload.memory_mb=512", "workload.memory_mb is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. Did you mean working_set_mb?"),
    ("workload.region=eu-west-1", "workload.region is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. Did you mean region, at the top of the document?"),
    ("workload.frobnicate=1", "workload.frobnicate is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 29 more. lambdaplan fields workload lists them."),
    ("duration_ms=120", "duration_ms is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 13 more. Did you mean workload.duration_ms?"),
    ("region=frankfurt", 'region = "frankfurt" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?'),
    ("region=Europe", 'region = "Europe" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?'),
    ("region=us-east1", 'region = "us-east1" is not one of the 36 regions of the book. Did you mean us-east-1 (N. Virginia)?'),
    ("region=eu-central-1a", 'region = "eu-central-1a" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?'),
    ("region=Mars", 'region = "Mars" is not one of the 36 regions of the book. Such as us-east-1 (N. Virginia), eu-central-1 (Frankfurt, Germany) or ap-southeast-1 (Singapore).'),
    ("architecture=graviton", 'architecture = "graviton" is not one of x86_64, arm64, any. Did you mean arm64?'),
    ("architecture=AMD64", 'architecture = "AMD64" is not one of x86_64, arm64, any. Did you mean x86_64?'),
    ("free_tier=yes", 'free_tier = "yes" is not true or false. Try free_tier=true.'),
    ("include=compute,logs", 'include = "compute,logs" is not a list of compute, front_door, network, logs, services, operations. Try include=["compute", "logs"].'),
    ('include=["compute","loadbalancer"]', 'include.1 = "loadbalancer" is not one of compute, front_door, network, logs, services, operations. Did you mean front_door?'),
    ("options.1.kind=ecs", 'options.1.kind = "ecs" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean fargate?'),
    ("options.2.kind=server", 'options.2.kind = "server" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean ec2?'),
    ("options.0.kind=Lambda", 'options.0.kind = "Lambda" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean lambda?'),
    ("options.0.memory_mb=1", "options.0.memory_mb = 1 is outside 128..10240 (MB, whole numbers). Try memory_mb=1024, if 1 is in GB."),
    ("options.0.memory_mb=64MB", 'options.0.memory_mb = "64MB" is outside 128..10240 (MB, whole numbers). Try memory_mb=128.'),
    ("options.0.memory_mb=0.3GB", 'options.0.memory_mb = "0.3GB" is not a whole number, 128..10240 (MB, whole numbers), or "auto". Try memory_mb=308.'),
    ("options.0.memory_mb=automatic", 'options.0.memory_mb = "automatic" is not a number, 128..10240 (MB, whole numbers), or "auto". Did you mean auto?'),
    ("options.0.timeout=30", "options.0.timeout is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 12 more. Did you mean workload.timeout_ms?"),
    ("options.0.snapstart=true", 'options.0.snapstart = true is not an object with the fields restore_ms, versions. Such as {"restore_ms": 300}, the mean time of a restore.'),
    ("options.1.vcpu=512", "options.1.vcpu = 512 is outside 0..32 (vCPU, above 0). Try vcpu=0.5, if 512 is in CPU units of ECS, of which 1,024 are a vCPU."),
    ("options.1.memory_mb=512", "options.1.memory_mb is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 17 more. Did you mean memory_gb?"),
    ("options.1.memory_gb=9", "options.1.memory_gb = 9 is not one of 2, 3, 4, 5, 6, 7, 8 (GB with 1 vCPU). Try memory_gb=8."),
    ("options.1.replicas=3", "options.1.replicas is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 17 more. Did you mean units?"),
    ("options.1.purchase=reserved", 'options.1.purchase = "reserved" is not one of on_demand, spot, compute_savings_plan_1y_no_upfront and 5 more. Did you mean compute_savings_plan_1y_no_upfront?'),
    ("options.1.purchase=cheap", 'options.1.purchase = "cheap" is not one of on_demand, spot, compute_savings_plan_1y_no_upfront and 5 more. lambdaplan fields purchase lists them.'),
    ("options.2.instance_type=m5large", 'options.2.instance_type = "m5large" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean m5.large?'),
    ("options.2.instance_type=t3", 'options.2.instance_type = "t3" is not one of the 1052 instance types of the book aws-2026-12-01. Such as t3.2xlarge, t3.large, t3.medium.'),
    ("options.2.spot=true", "options.2.spot is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 18 more. Did you mean purchase?"),
    ("options.3.memory_mb=5", "options.3.memory_mb is not a field here: 3 leads nowhere, the list has a place from 0 to 2."),
    ("options.lambda.memory_mb=512", "options.lambda.memory_mb is not a field here: lambda leads nowhere, the list has a place from 0 to 2. Try options.0.memory_mb: places count from 0."),
    ("hours_per_month=30", "hours_per_month = 30 is outside 672..744 (h). Try hours_per_month=720, if 30 is in days."),
    ("sweep.over=requests", 'sweep.over = "requests" is not a number of this scenario: hours_per_month, workload.requests_per_month and 33 more. Did you mean workload.requests_per_month or workload.requests_per_connection?'),
    ("sweep.to=1,5M", 'sweep.to = "1,5M" is not a number with a decimal point, 0..1000000000000000 (requests a month). It has a decimal comma: write 1.5M.'),
    ("version=2", "version = 2 is not one of 1. This package reads version 1."),
    ("book=2026-11-30", 'book = "2026-11-30" is not one of the price books here: aws-2026-11-23, aws-2026-11-25, aws-2026-11-30, aws-2026-12-01. Did you mean aws-2026-11-30?'),
    ('name=""', 'name = "" is not text of 1 to 120 characters without control characters. Such as name: Orders API.'),
    ('prices=[{"service":"alb","item":"lcu_hour","price_usd":"0,008"}]', 'prices.0.price_usd = "0,008" is not a price in USD as decimal text, 0..1000000000, at most 15 digits and 20 decimal places. It has a decimal comma: write 0.008.'),
    ("options.0=lambda", 'options.0 = "lambda" is not an object with a kind. Write {"kind": "lambda", …} with its fields.'),
    ('options.0={"type":"lambda","memory_mb":512}', "options.0.kind is missing: one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean kind in place of type?"),
    ("workload.requests_per_month=10MB", 'workload.requests_per_month = "10MB" is not a number, 0..1000000000000000 (requests a month, whole numbers). MB is a unit of size; write it as 10M, 500k/day or 120/s.'),
    ("workload.requests_per_month=10.000", "workload.requests_per_month = 10.000 is not a whole number, 0..1000000000000000 (requests a month, whole numbers). Write 10000, if the point stands between thousands, or 10."),
    ("workload.measured_memory_mb=1.024", "workload.measured_memory_mb = 1.024 is outside 128..10240 (MB). Try measured_memory_mb=1024, if the point stands between thousands."),
    ("workload.busy_share=None", 'workload.busy_share = "None" is not a number, 0..1 (share). Leave it out, or write null.'),
    ("workload/duration_ms=5", "workload/duration_ms is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 13 more. Did you mean workload.duration_ms?"),
    ("network=private", 'network = "private" is not an object with the fields subnets, nat_gateways, public_ipv4, nat, data_transfer. Try network.subnets=private.'),
    ("growth=3%", 'growth = "3%" is not an object with the fields percent_per_month. Try growth.percent_per_month=3%.'),
    ("operations=85", "operations = 85 is not an object with the fields wage_usd_per_hour. Try operations.wage_usd_per_hour=85."),
    ("workload.duration_ms=2h30m", 'workload.duration_ms = "2h30m" is not a time, 0..604800000 (ms, above 0). "h30m" is no unit here; write it as 200ms or 1.5s.'),
    ("free_tier=ja", 'free_tier = "ja" is not true or false. Try free_tier=true.'),
    ("options.2.type=m5.large", "options.2.type is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 18 more. Did you mean instance_type?"),
    ('options.1={"kind":"fargate","vcpu":"0.5","ram":2}', "options.1.ram is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 17 more. Did you mean memory_gb?"),
    ("workload.slo=400ms", 'workload.slo = "400ms" is not an object with the fields percentile, response_ms. Such as {"percentile": 95, "response_ms": 400}.'),
    ("workload.requests_per_month=$5", 'workload.requests_per_month = "$5" is not a number, 0..1000000000000000 (requests a month, whole numbers). $ is money; write it as 10M, 500k/day or 120/s.'),
    ("options.0.memory_mb=512,1024", 'options.0.memory_mb = "512,1024" is not one number, 128..10240 (MB, whole numbers), or "auto". Give one of them; sweep.over looks along many.'),
    ("options[0].memory_mb=512", "options[0] is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 12 more. Places stand between points, from 0 on: options.0."),
    ("workload.provisioned_concurrency=5", "workload.provisioned_concurrency is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 28 more. Did you mean provisioned, a field of an option?"),
    ("include=all", 'include = "all" is not a list of compute, front_door, network, logs, services, operations. Try include=["compute", "front_door", "network", "logs", "services", "operations"].'),
    ("currency=EUR", "currency is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 12 more. Did you mean rates?"),
    ('workload=[{"requests_per_month":5}]', "workload = a list is not an object with the fields requests_per_month, duration_ms, measured_memory_mb and 29 more. Its fields stand in it without dashes or brackets around each."),
    ("workload.traffic.trace=nope.csv", "workload.traffic.trace can't be read: nope.csv: no such file or directory; give the path of a CSV file with a column of times and one of requests."),
    ("options.0.provisioned=50%", 'options.0.provisioned = "50%" is not a number, 0..100000 (environments, whole numbers). % is a share of something; write it as 2 or 10k.'),
    ("options.0.memory_mb=1,5 GB", 'options.0.memory_mb = "1,5 GB" is not a number with a decimal point, 128..10240 (MB, whole numbers), or "auto". It has a decimal comma: write 1.5GB.'),
    ("workload.duration_ms=00:02:00", 'workload.duration_ms = "00:02:00" is not a number, 0..604800000 (ms, above 0). It is a time as on a clock; write it as 200ms or 1.5s.'),
    ("workload.requests_per_month=2026-12-01", 'workload.requests_per_month = "2026-12-01" is not a number, 0..1000000000000000 (requests a month, whole numbers). It is a date; write it as 10M, 500k/day or 120/s.'),
    ("workload.requests_per_month=null", "workload.requests_per_month = null is not a whole number, 0..1000000000000000 (requests a month, whole numbers). Write it as 10M, 500k/day or 120/s."),
    ("workload.requests_per_month=[1,2]", "workload.requests_per_month = a list is not a whole number, 0..1000000000000000 (requests a month, whole numbers). Give one of them; sweep.over looks along many."),
    ('workload.duration_ms={"min":100,"mean":200,"max":300}', 'workload.duration_ms = an object is not a number, 0..604800000 (ms, above 0). A range is {"low": …, "likely": …, "high": …}, where the field may be one.'),
    ("options.memory_mb=512", "options.memory_mb is not a field here: memory_mb leads nowhere, the list has a place from 0 to 2. Try options.0.memory_mb: places count from 0."),
    ("options.-1.memory_mb=512", "options.-1.memory_mb is not a field here: -1 leads nowhere, the list has a place from 0 to 2. Try options.2.memory_mb: places count from 0."),
    ("options.Lambda 1024 MB.memory_mb=512", "options.Lambda 1024 MB.memory_mb is not a field here: Lambda 1024 MB leads nowhere, the list has a place from 0 to 2. Try options.0.memory_mb: places count from 0."),
    ('options={"kind":"lambda","memory_mb":512}', "options = an object is not a list of 1 to 50 options. It is one of them: put it in brackets, or behind a dash."),
    ("options=lambda", 'options = "lambda" is not a list of 1 to 50 options. Each is an object with a kind: [{"kind": "lambda", …}].'),
    ("options=[]", 'options = a list of 0 is not a list of 1 to 50 options. Each is an object with a kind: [{"kind": "lambda", …}].'),
    ("region=Allemagne", 'region = "Allemagne" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?'),
    ("region=東京", 'region = "東京" is not one of the 36 regions of the book. Did you mean ap-northeast-1 (Tokyo, Japan)?'),
    ("workload.kind=sqs", 'workload.kind = "sqs" is not one of service, queue, job. Did you mean queue?'),
    ("workload.kind=cron", 'workload.kind = "cron" is not one of service, queue, job. Did you mean job?'),
    ("sweep=requests", 'sweep = "requests" is not an object with the fields over, from, to, scale, points. Such as {"over": "workload.requests_per_month", "from": 10000, "to": 1000000000}.'),
]  # fmt: skip

FILES = {
    # a file: what it holds, the message, the lines below it
    "comma.json": ('{"version": 1,\n "workload": {"duration_ms": 1,5}}', "comma.json can't be read: it is not JSON (line 2, column 31: a decimal comma; write 1.5); mend that place.", ['  2 |  "workload": {"duration_ms": 1,5}}', "    |                               ^"]),
    "missing_comma.json": ('{"version": 1\n "name": "x"}', "missing_comma.json can't be read: it is not JSON (line 1, column 14: a comma is missing here); mend that place.", ['  1 | {"version": 1', "    |              ^"]),
    "trailing.json": ('{"version": 1,\n "name": "x",\n}', "trailing.json can't be read: it is not JSON (line 2, column 13: a comma too many, before }); mend that place.", ['  2 |  "name": "x",', "    |             ^"]),
    "unit.json": ('{"workload": {"duration_ms": 200ms}}', 'unit.json can\'t be read: it is not JSON (line 1, column 30: an amount with a unit stands in quotes: "200ms"); mend that place.', ['  1 | {"workload": {"duration_ms": 200ms}}', "    |                              ^"]),
    "quotes.json": ("{'version': 1}", "quotes.json can't be read: it is not JSON (line 1, column 2: names and text stand in double quotes); mend that place.", ["  1 | {'version': 1}", "    |  ^"]),
    "python.json": ('{"free_tier": True}', "python.json can't be read: it is not JSON (line 1, column 15: True is written true); mend that place.", ['  1 | {"free_tier": True}', "    |               ^"]),
    "comment.json": ('{\n  // my service\n  "version": 1}', "comment.json can't be read: it is not JSON (line 2, column 3: JSON has no comments; YAML has, after #); mend that place.", ["  2 |   // my service", "    |   ^"]),
    "cut.json": ('{"version": 1,\n "workload": {', "cut.json can't be read: it is not JSON (line 2, column 15: the end of the file comes before its last bracket or quote is closed); mend that place.", ['  2 |  "workload": {', "    |               ^"]),
    "name.json": ("{version: 1}", 'name.json can\'t be read: it is not JSON (line 1, column 2: a name in double quotes is expected, such as "region"); mend that place.', ["  1 | {version: 1}", "    |  ^"]),
    "text.json": ('{"region": frankfurt}', 'text.json can\'t be read: it is not JSON (line 1, column 12: text stands in double quotes: "frankfurt"); mend that place.', ['  1 | {"region": frankfurt}', "    |            ^"]),
    "yaml.json": ("version: 1\nname: x\n", "yaml.json can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. It looks like YAML: let its name end in .yaml.", ["  1 | version: 1", "    | ^"]),
    "tab.yaml": ("version: 1\nworkload:\n\tduration_ms: 5\n", "tab.yaml can't be read: it is not YAML (line 3, column 1: a tab; indent with spaces); mend that place.", ["  3 |  duration_ms: 5", "    | ^"]),
    "colon.yaml": ("version: 1\nname: API: the first\n", "colon.yaml can't be read: it is not YAML (line 2, column 10: a second colon in one line, or a line indented too far); mend that place.", ["  2 | name: API: the first", "    |          ^"]),
    "no_space.yaml": ("version: 1\nname:x\nworkload: {}\n", "no_space.yaml can't be read: it is not YAML (line 2, column 1: a name needs a colon and a space after it); mend that place.", ["  2 | name:x", "    | ^"]),
    "quote.yaml": ('name: "x\nversion: 1\n', "quote.yaml can't be read: it is not YAML (line 1, column 7: a quote that is not closed); mend that place.", ['  1 | name: "x', "    |       ^"]),
    "indent.yaml": ("workload:\n  duration_ms: 1\n request_mb: 2\n", "indent.yaml can't be read: it is not YAML (line 3, column 2: a line indented otherwise than the lines above it); mend that place.", ["  3 |  request_mb: 2", "    |  ^"]),
    "list.yaml": ("include: [compute, logs\nname: x\n", "list.yaml can't be read: it is not YAML (line 1, column 10: it is not closed: a comma or ] is missing); mend that place.", ["  1 | include: [compute, logs", "    |          ^"]),
    "empty.yaml": ("# nothing yet\n", "empty.yaml can't be read: it is empty; lambdaplan fields prints what it may hold, lambdaplan init writes one.", []),
    "usage.json": ('{"version": 1, "usage": [{"service": "lambda", "requests": 1, "duration_ms": 1, "memory_mb": 128}]}', "document = a usage document is not a scenario. lambdaplan bill prices it.", []),
    "services.csv": ("name,requests_per_month\na,1\n", "services.csv can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. A table of services is for lambdaplan batch.", ["  1 | name,requests_per_month", "    | ^"]),
    "notebook.json": ('{"cells": [], "metadata": {}, "nbformat": 4}', "document = a notebook is not a scenario. lambdaplan report makes one of a scenario.", []),
    "two.yaml": ("version: 1\n---\nversion: 1\n", "two.yaml can't be read: it is not YAML (line 2, column 1: a second document begins; a file holds one); mend that place.", ["  2 | ---", "    | ^"]),
    "curly.json": ("{\u201cversion\u201d: 1}", 'curly.json can\'t be read: it is not JSON (line 1, column 2: \u201c is no straight quote; names and text stand in "); mend that place.', ["  1 | {\u201cversion\u201d: 1}", "    |  ^"]),
    "book.xlsx": ("PK\x03\x04\x14\x00\x06", "book.xlsx can't be read: it is no text; a scenario is JSON or YAML, a table of services CSV.", []),
    "percent.yaml": ("version: 1\nname: 50%\nworkload: {busy_share: %30}\n", "percent.yaml can't be read: it is not YAML (line 3, column 24: a value that begins with % stands in quotes); mend that place.", ["  3 | workload: {busy_share: %30}", "    |                        ^"]),
    "listdoc.yaml": ("- version: 1\n- name: x\n", "document = a list is not a scenario, an object with fields. A field is a name, a colon, a space and its value, without a dash: version: 1.", []),
    "eq.yaml": ("version = 1\nname = x\n", 'document = "version = 1 name = x" is not a scenario, an object with fields. A field is a name, a colon, a space and its value, without a dash: version: 1.', []),
    "hex.json": ('{"version": 0x1}', "hex.json can't be read: it is not JSON (line 1, column 13: a number is written with the digits 0 to 9); mend that place.", ['  1 | {"version": 0x1}', "    |             ^"]),
    "lead0.json": ('{"version": 01}', "lead0.json can't be read: it is not JSON (line 1, column 14: a number does not begin with 0); mend that place.", ['  1 | {"version": 01}', "    |              ^"]),
    "html.json": ("<html><body>404</body></html>", "html.json can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. It is a web page: save the file itself.", ["  1 | <html><body>404</body></html>", "    | ^"]),
    "cf.yaml": ("AWSTemplateFormatVersion: 2010-09-09\nResources:\n  F:\n    Type: AWS::Lambda::Function\n", "document = a template of CloudFormation is not a scenario. lambdaplan import reads it, and -o writes the scenario.", []),
    "compose.yaml": ("services:\n  web:\n    image: x\n", "document = a docker-compose.yml is not a scenario. lambdaplan import reads it, and -o writes the scenario.", []),
    "rates.yaml": ("version: 1\ncurrency: {code: EUR, per_usd: 0.9}\n", "document = a file of rates is not a scenario. A scenario names it: rates: FILE.", []),
    "listopt.yaml": ("version: 1\nname: x\nworkload: {requests_per_month: 5M, duration_ms: 1, busy_share: 1, working_set_mb: 1}\noptions:\n  kind: lambda\n  memory_mb: 512\n", "options = an object is not a list of 1 to 50 options. It is one of them: put it in brackets, or behind a dash.", []),
    "byname.yaml": ("version: 1\nname: x\nworkload: {requests_per_month: 5M, duration_ms: 1, busy_share: 1, working_set_mb: 1}\noptions:\n  lambda: {memory_mb: 512}\n  fargate: {vcpu: 1, memory_gb: 2}\n", 'options = an object is not a list of 1 to 50 options. Each is an object with a kind: [{"kind": "lambda", …}].', []),
}  # fmt: skip

COMMANDS = [
    # arguments, the message
    (["comprae", "my.json"], "command line can't be read: invalid choice 'comprae' for COMMAND; see lambdaplan --help. Did you mean compare?"),
    (["my.json"], "command line can't be read: invalid choice 'my.json' for COMMAND; see lambdaplan --help. Did you mean lambdaplan compare my.json?"),
    (["compare"], "command line can't be read: the following arguments are required: SCENARIO; see lambdaplan compare --help. Such as lambdaplan compare my.yaml; lambdaplan init writes one."),
    (["compare", "my.jsn"], "my.jsn can't be read: no such file or directory; give the path of a JSON or YAML file, or - for standard input. Did you mean my.json?"),
    (["compare", "node_api"], "node_api can't be read: no such file or directory; give the path of a JSON or YAML file, or - for standard input. Did you mean "),
    (["compare", "my.json", "--jsno"], "command line can't be read: unrecognized arguments: --jsno; see lambdaplan compare --help. Did you mean --json?"),
    (["compare", "my.json", "--set", "workload.duration_ms", "=", "300"], "command line can't be read: unrecognized arguments: = 300; see lambdaplan compare --help. A change is written --set PATH=VALUE, without spaces, and each has its own --set."),
    (["compare", "my.json", "--set", "workload.duration_ms"], '--set = "workload.duration_ms" is not a change written PATH=VALUE, such as workload.duration_ms=300.'),
    (["compare", "my.json", "--set", "region=eu-west-1", "free_tier=true"], "command line can't be read: unrecognized arguments: free_tier=true; see lambdaplan compare --help. A change is written --set PATH=VALUE, without spaces, and each has its own --set."),
    (["bill", "my.json"], "document = a scenario is not a usage document. lambdaplan compare prices it."),
    (["compare", "folder"], "folder can't be read: is a directory; give the path of a JSON or YAML file, or - for standard input."),
    (["schema", "bills"], "command line can't be read: invalid choice 'bills' for kind; see lambdaplan schema --help. It is one of scenario, usage"),
    (["compare", "my.json", "-o", "x.html"], "command line can't be read: unrecognized arguments: -o x.html; see lambdaplan compare --help. It writes no file: what it prints goes into one with > FILE."),
    (["validate", "my.json"], "command line can't be read: invalid choice 'validate' for COMMAND; see lambdaplan --help. Did you mean compare?"),
    (["compare", "my.json", "--set", "workload.duration_ms: 5"], '--set = "workload.duration_ms: 5" is not a change written PATH=VALUE, such as workload.duration_ms=300. Try workload.duration_ms=5.'),
    (["compare", "https://example.org/my.json"], "https://example.org/my.json can't be read: no such file or directory; give the path of a JSON or YAML file, or - for standard input. Nothing is fetched from an address: save it as a file."),
    (["compare", "my.json", "--format", "csv"], "command line can't be read: unrecognized arguments: --format csv; see lambdaplan compare --help. Did you mean --json?"),
    (["export", "my.json", "--chart", "scatter"], '--chart = "scatter" is not one of cost, around, bill, atlas, ladder, flips, memory, load, week, architecture, answer_time, savings. Did you mean answer_time?'),
    (["export", "my.json", "--chart", "cost,bill"], '--chart = "cost,bill" is not one of cost, around, bill, atlas, ladder, flips, memory, load, week, architecture, answer_time, savings. Write --chart cost --chart bill.'),
    (["export", "my.json", "--word"], "command line can't be read: unrecognized arguments: --word; see lambdaplan export --help. Did you mean --docx?"),
    (["diff", "my.json"], "command line can't be read: the following arguments are required: B; see lambdaplan diff --help. Such as lambdaplan diff a.yaml b.yaml."),
    (["batch", "services.csv"], "command line can't be read: the following arguments are required: --base; see lambdaplan batch --help. Such as lambdaplan batch services.csv --base my.yaml."),
    (["help"], "command line can't be read: invalid choice 'help' for COMMAND; see lambdaplan --help. Did you mean lambdaplan --help?"),
    (["fields", "memory"], 'PATH = "memory" is not a field of a scenario, or an object of it such as workload or options.fargate. Did you mean memory_mb or workload.working_set_mb?'),
    (["compare", "my.json", "--set"], "command line can't be read: argument --set: expected one argument; see lambdaplan compare --help. Such as --set workload.duration_ms=300."),
    (["compare", "my.json", "region=eu-west-1"], "command line can't be read: unrecognized arguments: region=eu-west-1; see lambdaplan compare --help. Did you mean --set region=eu-west-1?"),
    (["compare", "my.json", "--region", "eu-west-1"], "command line can't be read: unrecognized arguments: --region eu-west-1; see lambdaplan compare --help. Did you mean --set region=eu-west-1?"),
    (["compare", "my.json", "other.json"], "command line can't be read: unrecognized arguments: other.json; see lambdaplan compare --help. It takes one scenario; lambdaplan diff A B compares two."),
    (["compare", "my"], "my can't be read: no such file or directory; give the path of a JSON or YAML file, or - for standard input. Did you mean my.json?"),
    (["ui"], "command line can't be read: invalid choice 'ui' for COMMAND; see lambdaplan --help. Did you mean lab?"),
    (["list"], "command line can't be read: invalid choice 'list' for COMMAND; see lambdaplan --help. Did you mean prices?"),
    (["lab", "my.json"], "command line can't be read: unrecognized arguments: my.json; see lambdaplan lab --help. Load scenario takes it, in the explorer."),
    (["quick", "my.yaml"], "command line can't be read: unrecognized arguments: my.yaml; see lambdaplan quick --help. lambdaplan compare answers a file."),
    (["init", "my.yaml"], "command line can't be read: unrecognized arguments: my.yaml; see lambdaplan init --help. Did you mean -o my.yaml?"),
    (["backtest", "my.json"], "command line can't be read: the following arguments are required: BILL; see lambdaplan backtest --help. Such as lambdaplan backtest my.yaml bill.csv."),
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one scenario and an empty folder."""
    (tmp_path / "my.json").write_text(LINE, "utf-8")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(arguments: list[str], capsys: pytest.CaptureFixture) -> list[str]:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    return captured.err.removeprefix("error: ").rstrip("\n").split("\n")


@pytest.mark.parametrize(("change", "message"), CHANGES, ids=[change for change, _ in CHANGES])
def test_a_value_that_does_not_fit(change: str, message: str, capsys: pytest.CaptureFixture) -> None:
    assert counted(said(["compare", "my.json", "--set", change], capsys)) == counted([message])
    assert len(message) < 400


def counted(lines: list[str]) -> list[str]:
    """Lines in which a list is cut with "and 13 more": how many there are is another test's."""
    return [re.sub(r"and \d+ more", "and N more", line) for line in lines]


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_slip(name: str, here: Path, capsys: pytest.CaptureFixture) -> None:
    content, message, below = FILES[name]
    (here / name).write_text(content, "utf-8")
    assert said(["compare", name], capsys) == [message, *below]


@pytest.mark.parametrize(("arguments", "message"), COMMANDS, ids=[" ".join(row[0]) for row in COMMANDS])
def test_a_command_that_is_not_one(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    (line,) = said(arguments, capsys)
    assert line.startswith(message)


PNG = b"\x89PNG\r\n\x1a\n\x00"
BYTES = {
    # files that are no text at all, whatever their name says
    "picture.json": (PNG, "it is a picture (PNG); a scenario is JSON or YAML, a table of services CSV."),
    "print.yaml": (b"%PDF-1.4\n%\xe2\xe3", "it is a PDF; a scenario is JSON or YAML, a table of services CSV."),
    "wide.json": (
        '{"version": 1}'.encode("utf-16"),
        "it is UTF-16 text, as some editors save Unicode; save it as UTF-8.",
    ),
    "latin.yaml": ("name: Größe\n".encode("latin-1"), "it is not UTF-8 text; save it as UTF-8."),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_of_another_kind(name: str, here: Path, capsys: pytest.CaptureFixture) -> None:
    content, message = BYTES[name]
    (here / name).write_bytes(content)
    assert said(["compare", name], capsys) == [f"{name} can't be read: {message}"]


def test_json_in_place_of_a_table_is_one_problem(capsys: pytest.CaptureFixture) -> None:
    (line,) = said(["batch", "my.json", "--base", "my.json"], capsys)
    assert line.endswith("This is JSON; a table is CSV with a header of column names.")


def test_a_hundred_slips() -> None:
    assert len(CHANGES) + len(FILES) + len(COMMANDS) + len(BYTES) >= 100


@pytest.mark.parametrize(("given", "words"), [
    ("0.12", "duration_ms = 0.12 is less than a millisecond: if it is in seconds, give 120"),
    ("120000000", "duration_ms = 120000000 is 2,000 minutes, longer than a Lambda function may run (15 minutes): if it is in microseconds, give 120,000"),
])  # fmt: skip
def test_a_duration_that_may_be_in_another_unit_is_asked_back(given, words, capsys) -> None:
    assert main(["compare", "my.json", "--set", f"workload.duration_ms={given}"]) == 0
    assert f"note: {words}" in capsys.readouterr().out.split("\n")


def test_names_of_other_places_are_told_in_json_too(capsys) -> None:
    assert main(["compare", "my.json", "--json", "--set", "duration_ms=5"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert set(error) == {"code", "field", "value", "allowed", "fix"}
    assert error["fix"] == "Did you mean workload.duration_ms?"
