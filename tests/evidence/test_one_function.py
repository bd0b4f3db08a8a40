"""One function of files that hold several; regions; a bill in parts."""

import csv
import json

import pytest

from lambdaplan import import_files
from lambdaplan.cli.main import main
from lambdaplan.evidence.import_files import read_file

HOURS = ("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z", "2026-10-02T02:00:00Z", "2026-10-02T03:00:00Z")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


def metrics(path):
    results = [
        {"Id": f"i{n}", "Label": f"{name} Invocations Sum", "Timestamps": HOURS, "Values": values}
        for n, (name, values) in enumerate({"orders": [10, 20, 30, 24], "report": [1, 2, 3, 1]}.items())
    ]
    path.write_text(json.dumps({"MetricDataResults": results}))
    return path


def statistics(path):
    rows = ["@log,bin(1h),requests,duration_ms,duration_sd_ms"]
    for hour in range(3):
        rows.append(f"123456789012:/aws/lambda/orders,2026-10-01 0{hour}:00:00.000,100,2{hour},5")
        rows.append(f"123456789012:/aws/lambda/report,2026-10-01 0{hour}:00:00.000,10,2000,50")
    path.write_text("\n".join(rows) + "\n")
    return path


def template(path):
    function = "  {}:\n    Type: AWS::Serverless::Function\n    Properties: {{Runtime: nodejs22.x, MemorySize: {}}}\n"
    head = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    path.write_text(head + function.format("OrdersFunction", 512) + function.format("ReportFunction", 2048))
    return path


def bill(path, functions, days=(1, 32), region="eu-west-1"):
    """A CUR of functions by name with requests and GB-seconds, from a day to a day of October."""
    names = "bill/BillingPeriodStartDate,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    names += "lineItem/UsageType,lineItem/LineItemType,lineItem/UsageAmount,lineItem/UnblendedCost,"
    names += "product/region,lineItem/ResourceId"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names.split(","))
        for day in range(*days):
            start = f"2026-10-{day:02}T00:00:00Z"
            end = f"2026-10-{day + 1:02}T00:00:00Z" if day < 31 else "2026-11-01T00:00:00Z"
            for name, (requests, gb_seconds) in functions.items():
                for usage_type, amount in (("EU-Request", requests), ("EU-Lambda-GB-Second", gb_seconds)):
                    cells = (start, end, "AWSLambda", usage_type, "Usage", amount, amount * 1e-6, region)
                    writer.writerow(("2026-10-01T00:00:00Z", *cells, ARN + name))
    return path


def values(imported):
    return {one.path: one.value for one in imported.values}


def test_one_function_is_taken_of_each_file_by_name(tmp_path):
    """orders alone: 84 requests in 28 h; mean 21 ms of three hours alike; 512 MB; 31 x 100 requests in its bill."""
    files = [metrics(tmp_path / "m.json"), statistics(tmp_path / "s.csv"), template(tmp_path / "t.yaml")]
    files.append(bill(tmp_path / "cur.csv", {"orders": (100, 40), "report": (7, 900)}))
    taken = values(import_files(files, function="orders"))
    assert taken["workload.requests_per_month"] == round(84 * 730 / 28)
    assert taken["workload.duration_ms"] == pytest.approx(21)
    assert taken["workload.measured_memory_mb"] == taken["options.0.memory_mb"] == 512
    assert taken["region"] == "eu-west-1"
    imported = import_files(files)
    assert "options.0.memory_mb" not in values(imported)
    assert values(imported)["workload.requests_per_month"] == round(91 * 730 / 28)
    for file in imported.files:
        assert any("--function NAME takes one" in note and "rders" in note for note in file.evidence.notes)


def test_of_a_bill_alone_its_requests_are_the_functions_own(tmp_path):
    """31 days of 100 requests and 40 GB-s a day: 3,100 in 744 h, so 3,042 in 730 h, 0.4 GB-s each."""
    path = bill(tmp_path / "cur.csv", {f"fn-{n}": (100 + n, 40) for n in range(60)})
    imported = import_files([path], function="fn-0")
    assert values(imported)["workload.requests_per_month"] == round(3100 * 730 / 744)
    assert imported.files[0].evidence.reads["gb_seconds_per_request"].value == pytest.approx(0.4)


def test_a_trace_is_the_functions_own(tmp_path):
    counts = read_file(metrics(tmp_path / "m.json")).evidence.of_one("report").counts
    assert counts.requests.tolist() == [1, 2, 3, 1]
    counts = read_file(statistics(tmp_path / "s.csv")).evidence.of_one("orders").counts
    assert counts.requests.tolist() == [100, 100, 100]


def test_a_name_that_no_file_has_lists_those_that_are_there(tmp_path, capsys):
    path = template(tmp_path / "t.yaml")
    assert main(["import", str(path), "--function", "nix"]) == 2
    said = capsys.readouterr().err
    assert said == 'error: --function = "nix" is not one of OrdersFunction, ReportFunction.\n'
    assert main(["import", str(path), "--function", "OrdersFuncton"]) == 2
    assert "Did you mean OrdersFunction?" in capsys.readouterr().err


def test_names_that_cloudformation_makes_are_recognised(tmp_path):
    path = template(tmp_path / "t.yaml")
    for name in ("OrdersFunction", "orders-function", f"{ARN}shop-OrdersFunction-1A2B3C", "orders"):
        assert values(import_files([path], function=name))["options.0.memory_mb"] == 512, name


def test_parts_of_a_bill_are_one_bill_and_two_bills_of_the_same_usage_are_not(tmp_path):
    halves = [
        bill(tmp_path / f"cur-0000{n}.csv", {"orders": (100, 40)}, days) for n, days in enumerate(((1, 16), (16, 32)))
    ]
    whole = import_files([bill(tmp_path / "cur.csv", {"orders": (100, 40)})])
    parts = import_files(halves)
    assert values(parts) == values(whole) and not parts.conflicts
    assert len(parts.files) == 1 and parts.files[0].evidence.rows == 62
    again = [bill(tmp_path / f"same-{n}.csv", {"orders": (100, 40)}) for n in (1, 2)]
    assert len(import_files(again).files) == 2


def test_the_region_is_that_of_arns_and_an_unknown_one_is_left_out(tmp_path):
    path = tmp_path / "f.json"
    for region, taken in (("ap-northeast-1", "ap-northeast-1"), ("xx-moon-1", "us-east-1")):
        arn = f"arn:aws:lambda:{region}:123456789012:function:orders"
        path.write_text(json.dumps({"FunctionName": "orders", "FunctionArn": arn, "MemorySize": 512, "Timeout": 3}))
        assert import_files([path]).scenario["region"] == taken


def test_the_spread_of_a_mixture_is_left_open_in_words(tmp_path):
    """Means of 20 and 2,000 ms with spreads of 5 and 50: together 2.8 times the mean, each alone far less."""
    path = statistics(tmp_path / "both.csv")
    both = import_files([path])
    assert "service_cv" not in both.scenario["workload"]
    assert both.files[0].evidence.reads["service_cv"].value > 2
    assert any("service_cv is left open" in note and "--function NAME" in note for note in both.files[0].evidence.notes)
    alone = import_files([path], function="report")
    assert alone.scenario["workload"]["service_cv"] == pytest.approx(0.025)
