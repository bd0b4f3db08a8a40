"""`prices refresh`: the book that comes of AWS's files, from a price server on this machine."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

import pytest

import price_server as ps
from lambdaplan.cli.main import main
from lambdaplan.pricing.price_book import PriceBook, book_at, newest_book, verify
from lambdaplan.pricing.refresh.catalogue import NOT_READ
from lambdaplan.pricing.refresh.catalogue import OFFERS as LISTED
from lambdaplan.resources import data_dir, own_prices_dir
from places import GOLDEN

SAMPLES = GOLDEN / "price_list"
OFFERS = "/offers/v1.0/aws"
PLANS = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan"
VERSION = "20261120100000"


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """Books and downloads in folders of the test; today is 2026-12-01."""
    monkeypatch.setenv("LAMBDAPLAN_PRICES", str(tmp_path / "books"))
    monkeypatch.setenv("LAMBDAPLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")
    return tmp_path


@pytest.fixture
def server():
    with ps.serving_prices({}) as one:
        yield one


def sample(name):
    return (SAMPLES / name).read_bytes()


def samples():
    """AWS's files as samples have them, under their paths; the indexes that no sample has are made."""
    files = {f"{OFFERS}/index.json": sample("offers_index.json")}
    files[f"{OFFERS}/AWSLambda/current/region_index.json"] = sample("region_index_AWSLambda.json")
    files[f"{OFFERS}/AWSLambda/20251030182801/us-east-1/index.json"] = sample("AWSLambda_us-east-1.json")
    for offer, region in (("AmazonECS", "us-east-1"), ("AmazonApiGateway", "us-east-1"), ("AmazonEC2", "us-east-2")):
        files[f"{OFFERS}/{offer}/current/region_index.json"] = ps.as_bytes(ps.region_index(offer, [region]))
        files[f"{OFFERS}/{offer}/{VERSION}/{region}/index.json"] = sample(f"{offer}_{region}.json")
    files[f"{PLANS}/current/region_index.json"] = sample("savingsPlan_region_index.json")
    files[f"{PLANS}/20200220220300/eu-west-1/index.json"] = sample("AWSComputeSavingsPlan_eu-west-1.json")
    return files


def made_files(rows=None, rates=None, spot=None, region="eu-west-1"):
    """A small world of files: EC2 and its plans as CSV, Lambda as JSON."""
    rows = rows or [ps.instance("m7i.large", "0.1071", prefix="EU-"), ps.item("EU-EBS:VolumeUsage.gp3", "0.088")]
    rates = rates or [ps.rate("AmazonEC2", "EU-BoxUsage:m7i.large", "0.0789")]
    offers = ["AmazonEC2", "AWSLambda", "AmazonECS", "AWSELB", "AmazonVPC"]
    files = {f"{OFFERS}/index.json": ps.as_bytes(ps.root_index(offers))}
    for offer in offers:
        files[f"{OFFERS}/{offer}/current/region_index.json"] = ps.as_bytes(ps.region_index(offer, [region]))
    files[f"{OFFERS}/AmazonEC2/{VERSION}/{region}/index.csv"] = ps.offer_csv("AmazonEC2", region, rows)
    products = [ps.product("A", "EU-Request", "0.0000002000", unit="Requests")]
    files[f"{OFFERS}/AWSLambda/{VERSION}/{region}/index.json"] = ps.as_bytes(
        ps.offer_json("AWSLambda", region, products)
    )
    files[f"{PLANS}/current/region_index.json"] = ps.as_bytes(ps.plan_index([region]))
    files[f"{PLANS}/{VERSION}/{region}/index.csv"] = ps.plans_csv(region, rates)
    if spot:
        files["/spot.json"] = ps.as_bytes(ps.spot_feed(spot))
    return files


def refresh(capsys, origin, *words):
    """Run a refresh; its exit code, what it printed as JSON, and its error lines."""
    status = main(["prices", "refresh", "--from", str(origin), "--json", *words])
    printed = capsys.readouterr()
    return status, json.loads(printed.out), printed.err.splitlines()


def made_book(document):
    book = PriceBook.load(document["book"])
    assert verify(book) == []
    return book


# ------------------------------------------------------------ what comes of AWS's files


@pytest.mark.parametrize(
    ("service", "region", "least"),
    [
        ("lambda", "us-east-1", 11),
        ("fargate", "us-east-1", 5),
        ("AmazonApiGateway", "us-east-1", 2),
        ("AmazonEC2", "us-east-2", 2),
    ],
)
def test_a_refresh_from_samples_of_aws_equals_the_packaged_book(capsys, server, service, region, least):
    server.files.update(samples())
    status, document, errors = refresh(capsys, server.url, "--region", region, "--service", service)
    assert (status, errors) == (0, [])
    assert (document["changed"], document["added"]) == (0, 0)
    assert document["same"] >= least
    book, packaged = made_book(document), PriceBook.load(document["base"])
    assert ps.facts(book) == ps.facts_of_packaged(packaged.id)


def test_a_plan_rate_of_the_sample_of_ireland(capsys, server):
    server.files.update(samples())
    server.files[f"{OFFERS}/AWSLambda/20251030182801/eu-west-1/index.json"] = ps.as_bytes(
        ps.offer_json("AWSLambda", "eu-west-1", [ps.product("A", "EU-Request", "0.0000002000")])
    )
    _, document, _ = refresh(capsys, server.url, "--region", "eu-west-1", "--service", "lambda")
    price = made_book(document).price("lambda", "duration/x86_64/compute_savings_plan_1y_all_upfront", "eu-west-1")
    assert float(price.first_usd) == 0.0000138
    assert price.as_of == "2020-02-20"
    assert "AWSComputeSavingsPlan" in made_book(document).source_title(price.source)


def test_instances_volumes_plans_and_spot_of_a_csv(capsys, server):
    rows = [
        ps.instance("m7i.large", "0.1111000000", prefix="EU-"),
        ps.instance(
            "m7i.large", "0.2", prefix="EU-", **{"Operating System": "Windows", "operation": "RunInstances:0002"}
        ),
        ps.instance("m7i.large", "0.3", prefix="EU-", Tenancy="Dedicated", usageType="EU-DedicatedUsage:m7i.large"),
        ps.instance("m7i.large", "0.0", prefix="EU-", CapacityStatus="AllocatedCapacityReservation"),
        ps.instance("m7i.large", "0.05", prefix="EU-", TermType="Reserved"),
        ps.instance("m7i.large", "9", prefix="EU-", MarketOption="CapacityBlock"),
        ps.instance("m7i.large", "0.15", prefix="EUW1-LHR1-", **{"Location Type": "AWS Local Zone"}),
        ps.instance("m9g.large", "0.1047", prefix="EU-"),
        ps.instance("t8i.large", "0.1", prefix="EU-"),
        ps.instance("m7i.metal-24xl", "5", prefix="EU-"),
        ps.item("EU-EBS:VolumeUsage.gp3", "0.0880000000", unit="GB-Mo"),
        ps.item("EU-EBS:VolumeP-Throughput.gp3", "45.056", unit="GiBps-mo"),
        ps.item("EU-NatGateway-Hours", "0.048"),
    ]
    rates = [
        ps.rate("AmazonEC2", "EU-BoxUsage:m7i.large", "0.0789"),
        ps.rate(
            "AmazonEC2", "EU-BoxUsage:m7i.large", "0.06", kind="EC2InstanceSavingsPlans", years=3, paid="All Upfront"
        ),
        ps.rate("AmazonEC2", "EU-BoxUsage:m9g.large", "0.0769"),
        ps.rate("AmazonEC2", "EU-BoxUsage:x99.large", "0.5"),
        ps.rate("AmazonSageMaker", "EU-BoxUsage:m7i.large", "0.4", kind="SageMakerSavingsPlans"),
        ps.rate("AmazonECS", "EU-Fargate-vCPU-Hours:perCPU", "0.0323"),
    ]
    spot = {
        "eu-west-1": {"m7i.large": "0.0444", "m9g.large": "N/A*"},
        "eu-ireland": {},
        "us-east": {"m7i.large": "0.01"},
    }
    server.files.update(made_files(rows, rates, spot))
    status, document, _ = refresh(capsys, server.url, "--region", "eu-west-1", "--service", "AmazonEC2")
    assert status == 0
    book = made_book(document)

    def usd(service, item, region="eu-west-1"):
        price = book.price(service, item, region)
        return price and float(price.first_usd)

    assert usd("ec2", "m7i.large/on_demand") == 0.1111
    assert usd("ec2", "m7i.large/spot") == 0.0444
    assert book.price("ec2", "m7i.large/spot", "eu-west-1").quality == "weak"
    assert usd("ec2", "m7i.large/compute_savings_plan_1y_no_upfront") == 0.0789
    assert usd("ec2", "m7i.large/instance_savings_plan_3y_all_upfront") == 0.06
    assert usd("ec2", "m9g.large/on_demand") == 0.1047
    assert usd("ec2", "m9g.large/compute_savings_plan_1y_no_upfront") == 0.0769
    assert (book.instance_types["m9g.large"].architecture, book.instance_types["m9g.large"].vcpu) == ("arm64", 2)
    assert usd("ebs", "gp3_throughput_over_125") == 0.044
    assert usd("nat_gateway", "gateway_hour") == 0.048
    assert not {"t8i.large", "m7i.metal-24xl", "x99.large"} & set(book.instance_types)
    # what AWS's files did not have keeps its row and is named
    former = PriceBook.load(document["base"])
    assert book.price("ec2", "c7g.large/on_demand", "eu-west-1") == former.price(
        "ec2", "c7g.large/on_demand", "eu-west-1"
    )
    assert "c7g.large/on_demand" in document["kept"]["ec2 eu-west-1"]
    # other regions and services stay as they were
    others = {(p.service, p.item, p.region): p for p in former.prices if p.region != "eu-west-1"}
    assert {(p.service, p.item, p.region): p for p in book.prices if p.region != "eu-west-1"} == others
    assert book.price("ec2", "m7i.large/spot", "us-east-1") == former.price("ec2", "m7i.large/spot", "us-east-1")


def test_load_balancers_are_matched_by_the_whole_name_and_the_family(capsys, server):
    family = "Load Balancer-Application"
    products = [
        ps.product("A", "EU-LoadBalancerUsage", "0.0252", productFamily=family),
        ps.product("B", "EU-Outposts-LoadBalancerUsage", "0.01", productFamily=family),
        ps.product("C", "EU-TS-LoadBalancerUsage", "0.0056", productFamily=family),
        ps.product("D", "EU-LoadBalancerUsage", "0.028", productFamily="Load Balancer"),
        ps.product("E", "EU-LoadBalancerUsage", "0.0253", productFamily="Load Balancer-Network"),
        ps.product("F", "EU-LCUUsage", "0.006", productFamily="Load Balancer-Network"),
        ps.product("G", "EU-LCUUsage", "0.008", productFamily=family),
    ]
    server.files.update(made_files())
    path = f"{OFFERS}/AWSELB/{VERSION}/eu-west-1/index.json"
    server.files[path] = ps.as_bytes(ps.offer_json("AWSELB", "eu-west-1", products))
    _, document, _ = refresh(capsys, server.url, "--region", "eu-west-1", "--service", "AWSELB")
    book = made_book(document)
    names = [("alb", "load_balancer_hour"), ("alb", "lcu_hour"), ("nlb", "load_balancer_hour"), ("nlb", "nlcu_hour")]
    assert [float(book.price(*name, "eu-west-1").first_usd) for name in names] == [0.0252, 0.008, 0.0253, 0.006]


def test_a_free_first_band_is_no_price(capsys, server):
    tiers = [("0", "1000000", "0.0000000000"), ("1000000", "6000000000", "0.00003"), ("6000000000", "Inf", "0.00002")]
    server.files.update(made_files())
    path = f"{OFFERS}/AWSLambda/{VERSION}/eu-west-1/index.json"
    server.files[path] = ps.as_bytes(
        ps.offer_json("AWSLambda", "eu-west-1", [ps.product("A", "EU-Lambda-GB-Second", tiers)])
    )
    _, document, _ = refresh(capsys, server.url, "--region", "eu-west-1", "--service", "lambda")
    price = made_book(document).price("lambda", "duration/x86_64", "eu-west-1")
    assert [(float(t.start), float(t.price_usd)) for t in price.tiers] == [(0, 0.00003), (6e9, 0.00002)]


# ------------------------------------------------------------ where from, and where to


def test_a_folder_a_server_and_a_server_with_gzip_give_the_same_tables(capsys, server, tmp_path):
    files = made_files()
    for path, content in files.items():
        target = tmp_path / "mirror" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    server.files.update({path: gzip.compress(content) for path, content in files.items()})
    asked = ("--region", "eu-west-1", "--service", "ec2", "--service", "lambda")
    tables = []
    for origin, id in ((tmp_path / "mirror", "from-folder"), (server.url, "from-server")):
        status, document, _ = refresh(capsys, origin, *asked, "-o", id)
        assert status == 0
        tables.append([p.tiers for p in made_book(document).prices])
    assert tables[0] == tables[1]


def test_what_has_not_changed_is_not_fetched_again(capsys, server):
    server.files.update(made_files())
    asked = ("--region", "eu-west-1", "--service", "ec2")
    first = refresh(capsys, server.url, *asked)
    path = f"{OFFERS}/AmazonEC2/{VERSION}/eu-west-1/index.csv"
    second = refresh(capsys, server.url, *asked)
    assert server.statuses(path) == [200, 304]
    assert second[1]["book"] == first[1]["book"]  # the same tables are the same book
    server.files[path] = ps.offer_csv("AmazonEC2", "eu-west-1", [ps.instance("m7i.large", "0.1234", prefix="EU-")])
    third = refresh(capsys, server.url, *asked)
    assert server.statuses(path) == [200, 304, 200]
    assert third[1]["book"] != first[1]["book"]
    assert float(newest_book().price("ec2", "m7i.large/on_demand", "eu-west-1").first_usd) == 0.1234


def test_a_book_is_never_edited(capsys, server):
    server.files.update(made_files())
    asked = ("--region", "eu-west-1", "--service", "lambda")
    assert refresh(capsys, server.url, *asked, "-o", "mine")[0] == 0
    path = f"{OFFERS}/AWSLambda/{VERSION}/eu-west-1/index.json"
    products = [ps.product("A", "EU-Request", "0.0000003", unit="Requests")]
    server.files[path] = ps.as_bytes(ps.offer_json("AWSLambda", "eu-west-1", products))
    status, document, _ = refresh(capsys, server.url, *asked, "-o", "mine")
    assert status == 5
    assert document["errors"][0]["value"] == "there is one of that name"
    packaged = next(path.name for path in (data_dir() / "prices").iterdir())
    assert refresh(capsys, server.url, *asked, "-o", packaged)[0] == 2


def test_the_new_book_is_used_by_name_and_by_check_and_by_nobody_else(capsys, server):
    server.files.update(made_files())
    _, document, _ = refresh(capsys, server.url, "--region", "eu-west-1", "--service", "lambda", "-o", "mine")
    assert newest_book().id == "mine"
    assert book_at(PriceBook.load("mine").folder).id == "mine"
    assert PriceBook.load().id != "mine"
    assert main(["prices", "show", "lambda", "requests/x86_64", "--book", "mine", "--region", "eu-west-1"]) == 0
    assert "AWS Price List, AWSLambda of eu-west-1, version 20261120100000" in capsys.readouterr().out
    assert main(["prices", "verify", "--book", "mine"]) == 0
    assert document["missing"] == {}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--from", "http://192.0.2.1"], "--from"),
        (["--from", "ftp://127.0.0.1"], "--from"),
        (["--from", "no-such-folder"], "--from"),
        (["--from", "https://user:pass@127.0.0.1"], "--from"),
        (["--region", "nowhere"], "--region"),
        (["--service", "lamda"], "--service"),
        (["-o", "../up"], "-o"),
        (["--timeout", "0"], "--timeout"),
    ],
)
def test_bad_words_are_told_before_a_connection_is_opened(capsys, server, words, field):
    if "--from" not in words:
        words = ["--from", server.url, *words]
    assert main(["prices", "refresh", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {field} = ")
    assert server.asked == []


def test_a_former_book_with_tables_of_other_services_keeps_its_tables(capsys, server):
    """Lambda by region, load balancers by service, one region by itself: new prices go where the old ones stood."""
    packaged = PriceBook.load()
    folder = own_prices_dir() / "aws-2026-12-02"
    shutil.copytree(packaged.folder, folder)
    descriptor = json.loads((folder / "datapackage.json").read_text())
    main_table = next(resource for resource in descriptor["resources"] if resource["path"] == "prices.csv")
    with (folder / "prices.csv").open(newline="") as file:
        head, *rows = list(csv.reader(file))
    places = {
        "lambda/us-east-1.csv": ("lambda", "us-east-1"),
        "alb.csv": ("alb", ""),
        "sa-east-1.csv": ("", "sa-east-1"),
    }
    (folder / "lambda").mkdir()
    for path, (service, region) in places.items():
        fits = [service in ("", row[0]) and region in ("", row[2]) for row in rows]
        some = [row for row, fit in zip(rows, fits, strict=True) if fit]
        rows = [row for row, fit in zip(rows, fits, strict=True) if not fit]
        write_table(folder / path, head, some)
        own = {"name": f"prices-{Path(path).stem}-{service}", "path": path}
        own |= {name: value for name, value in (("service", service), ("region", region)) if value}
        descriptor["resources"].append(main_table | own)
    write_table(folder / "prices.csv", head, rows)
    for resource in descriptor["resources"]:
        content = (folder / resource["path"]).read_bytes()
        resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    descriptor |= {"name": folder.name, "created": "2026-12-02"}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    base = PriceBook.load(folder.name)
    assert verify(base) == []
    server.files.update(samples())
    words = ("--region", "us-east-1", "--service", "lambda")  # over the newest book
    status, document, errors = refresh(capsys, server.url, *words)
    assert (status, errors) == (0, [])
    assert (document["base"], document["changed"], document["added"]) == (folder.name, 0, 0)
    book = made_book(document)
    former, now = ({t.path.relative_to(one.folder).as_posix(): t for t in one.tables} for one in (base, book))
    assert former.keys() <= now.keys()
    assert {key[0] for path in now for key in now[path].rows if path.startswith("lambda/")} == {"lambda"}
    assert {key[0] for key in now["alb.csv"].rows} == {"alb"}
    assert not {key for key in now["prices.csv"].rows if key[0] == "lambda" and key[2] not in ("any", "sa-east-1")}
    assert ps.facts(book) == ps.facts(base)


def write_table(path, head, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([head, *rows])


# ------------------------------------------------------------ what the files do not have


def test_every_item_of_the_newest_book_is_read_or_said_not_to_be():
    """But for EC2 and plans, whose items are made from what the files hold; no reason is left without an item."""
    read = {(item.service, item.name) for offer in LISTED.values() for items in offer.values() for item in items}
    left, named = set(), set()
    for price in newest_book().prices:
        if price.service == "ec2" or "_savings_plan_" in price.item:
            continue
        reasons = [name for name in NOT_READ.get(price.service, {}) if fnmatchcase(price.item, name)]
        named |= {(price.service, name) for name in reasons}
        if (price.service, price.item) not in read and len(reasons) != 1:
            left.add((price.service, price.item))
        assert not (reasons and (price.service, price.item) in read), price
    assert left == set()
    assert named == {(service, name) for service, names in NOT_READ.items() for name in names}


def test_services_around_are_read_under_the_names_of_bills(capsys, server):
    """The names that bills of Ireland and of us-east-1 have; a thousandth is taken as AWS lists it."""
    offers = {
        "AWSQueueService": [("EU-Requests-Tier1", "0.0000004100"), ("EU-Requests-FIFO-Tier1", "0.0000005100")],
        "AmazonVPC": [("EU-VpcEndpoint-Hours", "0.0120000000"), ("EU-VpcEndpoint-Bytes", "0.0110000000")],
        "AmazonApiGateway": [("EU-ApiGatewayMessage", "0.0000011400"), ("EU-ApiGatewayMinute", "0.0000002850")],
        "AmazonCloudWatch": [("EU-CW:HighResAlarmMonitorUsage", "0.3100000000")],
        "AWSSecretsManager": [("EU-AWSSecretsManager-Secrets", "0.41"), ("EU-AWSSecretsManagerAPIRequest", "0.000006")],
        "AmazonStates": [("EU-StateTransition", "0.0000260000"), ("EU-StepFunctions-Request", "0.0000011")],
        "AmazonECR": [("EU-TimedStorage-ByteHrs", "0.11")],
        "AWSXRay": [("EU-XRay-TracesStored", "0.0000051")],
    }
    server.files[f"{OFFERS}/index.json"] = ps.as_bytes(ps.root_index(list(offers)))
    for offer, listed in offers.items():
        products = [ps.product(f"S{n}", usage, usd) for n, (usage, usd) in enumerate(listed)]
        server.files[f"{OFFERS}/{offer}/current/region_index.json"] = ps.as_bytes(ps.region_index(offer, ["eu-west-1"]))
        server.files[f"{OFFERS}/{offer}/{VERSION}/eu-west-1/index.json"] = ps.as_bytes(
            ps.offer_json(offer, "eu-west-1", products)
        )
    words = [word for offer in offers for word in ("--service", offer)]
    status, document, errors = refresh(capsys, server.url, "--region", "eu-west-1", *words)
    assert (status, errors) == (0, [])
    book = made_book(document)
    for service, item, usd in (
        ("sqs", "standard_requests", "0.00000041"), ("sqs", "fifo_requests", "0.00000051"),
        ("vpc_endpoint", "endpoint_hour", "0.012"), ("api_gateway_websocket", "messages", "0.00000114"),
        ("cloudwatch", "high_resolution_alarms", "0.31"), ("secrets_manager", "secret_month", "0.41"),
        ("step_functions", "express_requests", "0.0000011"), ("ecr", "stored", "0.11"),
        ("xray", "traces_recorded", "0.0000051"),
    ):  # fmt: skip
        assert book.price(service, item, "eu-west-1").first_usd == Fraction(usd), item
