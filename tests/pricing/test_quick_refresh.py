"""`prices refresh --quick`: the book that comes of the maps of AWS's calculator, and what is refused of them."""

from __future__ import annotations

import gzip
import json
import shutil
import urllib.parse

import pytest

import price_server as ps
from lambdaplan.cli.main import main
from lambdaplan.pricing.price_book import PriceBook, is_quick, newest_book, verify
from lambdaplan.pricing.refresh import calculator_maps, calculator_rows, download
from lambdaplan.pricing.regions import PLACES
from places import GOLDEN

SAMPLES = GOLDEN / "price_list"
LAMBDA = "lambda/USD/current/lambda.json"
EC2 = "ec2/USD/current/ec2-ondemand-without-sec-sel/Asia Pacific (Osaka)/Linux/index.json"
EBS = "ec2/USD/current/ebs.json"


def address(path):
    return urllib.parse.quote(f"{calculator_maps.MAPS}/{path}", safe="/().")


def maps():
    """The samples under their paths, as gzip whatever the headers say."""
    made = json.loads((SAMPLES / "calculator_maps.json").read_text())
    made.pop("_about")
    made[LAMBDA] = json.loads((SAMPLES / "calculator_lambda.json").read_text())
    return made


def served(made):
    return {address(path): gzip.compress(json.dumps(one).encode()) for path, one in made.items()}


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("LAMBDAPLAN_PRICES", str(tmp_path / "books"))
    monkeypatch.setenv("LAMBDAPLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")
    patience = download.Patience
    monkeypatch.setattr(download, "Patience", lambda connect, silent: patience(connect, silent, tries=2, pause_s=0))
    with ps.serving_prices(served(maps())) as one:
        yield one


def quick(capsys, origin, *words):
    """Run a quick refresh; its exit code, what it printed as JSON, and its error lines."""
    status = main(["prices", "refresh", "--quick", "--from", str(origin), "--json", *words])
    printed = capsys.readouterr()
    return status, json.loads(printed.out), printed.err.splitlines()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    ps.small_book(folder, "small", "af-south-1")
    return folder


@pytest.mark.parametrize(
    ("region", "services", "least"),
    [
        ("us-east-1", ["lambda"], 14),
        (
            "us-west-2",
            ["AmazonApiGateway", "nat_gateway", "AmazonVPC", "fargate", "cloudwatch", "dynamodb", "sns", "s3"],
            48,
        ),
        ("ap-northeast-3", ["ec2"], 8),
        ("af-south-1", ["ebs"], 4),
    ],
)
def test_maps_as_they_were_published_equal_the_packaged_book(capsys, server, region, services, least):
    words = [word for service in services for word in ("--service", service)]
    status, document, errors = quick(capsys, server.url, "--region", region, *words)
    assert (status, errors) == (0, [])
    restored = [one for one in ("dynamodb",) if one in services]  # one price that the book has in two regions alone
    assert (document["changed"], document["added"], document["differences"]) == (0, len(restored), [])
    assert document["same"] >= least
    book = PriceBook.load(document["book"])
    assert verify(book) == [] and is_quick(book.folder)
    new = {("dynamodb", "restored_gb", region) for _ in restored}
    assert {key: one for key, one in ps.facts(book).items() if key not in new} == ps.facts_of_packaged(document["base"])


def test_each_difference_is_named_and_the_rest_is_kept_from_the_full_book(capsys, server):
    made = maps()
    rows = made[EC2]["regions"]["Asia Pacific (Osaka)"]
    rows["t4g small Asia Pacific Osaka Linux"]["price"] = "0.0230000000"
    rows["new"] = rows["m5 2xlarge Asia Pacific Osaka Linux"] | {"Instance Type": "m99.large"}
    rows["windows"] = rows["new"] | {"Instance Type": "m5.large", "Operating System": "Windows", "price": "1"}
    server.files = served(made)
    words = ("--region", "ap-northeast-3", "--service", "ec2", "--service", "alb", "--service", "xray")
    status, document, _ = quick(capsys, server.url, *words)
    assert (status, document["changed"]) == (0, 1)
    assert document["differences"] == ["ec2 t4g.small/on_demand ap-northeast-3: 0.0218 -> 0.023"]
    kept = f"kept from {document['base']}:"
    assert f"xray: {kept} no map tells their prices" in document["notes"]
    assert f"alb: {kept} the names of their rows are not known" in document["notes"]
    (absent,) = [note for note in document["notes"] if "there is no map of it" in note]
    terms = "compute_savings_plan_*, instance_savings_plan_3y_no_upfront"
    assert absent == f"ec2 {terms} ap-northeast-3: {kept} there is no map of it"
    assert "there is no feed of Spot prices: those of the former book stay" in document["notes"]
    assert "m5.large/on_demand" in document["kept"]["ec2 ap-northeast-3"]
    book, base = PriceBook.load(document["book"]), PriceBook.load(document["base"])
    price = book.price("ec2", "t4g.small/on_demand", "ap-northeast-3")
    assert (float(price.first_usd), price.as_of) == (0.023, "2024-06-27")
    assert "AWS Pricing Calculator" in book.source_title(price.source)
    assert "m99.large" not in book.instance_types  # a map does not tell a processor
    former = ps.facts_of_packaged(base.id)
    assert {key for key, fact in ps.facts(book).items() if former.get(key) != fact} == {
        ("ec2", "t4g.small/on_demand", "ap-northeast-3")
    }
    # the words, and what a second one is laid over
    assert main(["prices", "refresh", "--quick", "--from", server.url, *words, "-o", "again"]) == 0
    printed = capsys.readouterr().out
    assert "2 maps of AWS's calculator, published 2024-06-27" in printed
    assert "ec2 t4g.small/on_demand ap-northeast-3: 0.0218 -> 0.023" in printed
    assert "not told by the maps, the former row stays" in printed
    assert newest_book(full=True).id == base.id != newest_book().id


def test_tiers_of_lambda_keep_the_edges_of_the_former_book(capsys, server):
    made = maps()
    made[LAMBDA]["regions"]["US East (N. Virginia)"]["Lambda Duration-ARM Tier2"]["price"] = "0.0000110000"
    made[LAMBDA]["regions"]["US East (N. Virginia)"].pop("Lambda Duration Tier3")
    server.files = served(made)
    _, document, _ = quick(capsys, server.url, "--region", "us-east-1", "--service", "lambda")
    named = "lambda duration/arm64 us-east-1: 0.0000120001 -> 0.000011 above 7500000000"
    assert document["differences"] == [named]
    assert "duration/x86_64" in document["kept"]["lambda us-east-1"]  # a tier is missing: not taken in part
    price = PriceBook.load(document["book"]).price("lambda", "duration/arm64", "us-east-1")
    assert [float(tier.start) for tier in price.tiers] == [0, 7.5e9, 18.75e9]


PLAN = "computesavingsplan/USD/current/compute-savings-plan-{}/Asia Pacific (Osaka)/Linux/{}/index.json"


def a_map(place, **rows):
    """A map with the fields that programs read of the live ones."""
    manifest = {"currencyCode": "USD", "hawkFilePublicationDate": "2026-09-24T16:51:00Z"}
    return {"manifest": manifest, "regions": {place: {name: {"rateCode": "X", **row} for name, row in rows.items()}}}


def test_plans_spot_queues_and_data_out(capsys, server, small, tmp_path):
    """Compute plans of EC2 and Fargate by their terms; of two rows for one thing neither; Spot from AWS's feed."""
    place, made = "Asia Pacific (Osaka)", maps()

    def of_type(kind, price, **other):
        row = {"ec2:InstanceType": kind, "ec2:Tenancy": "Shared", "ec2:PreInstalledSW": "NA", "price": price}
        return (
            row
            | {"ec2:OperatingSystem": "Linux", "LeaseContractLength": "3yr", "PurchaseOption": "Partial Upfront"}
            | other
        )

    rows = {
        "a": of_type("m5.2xlarge", "0.2"),
        "b": of_type("c6gn.xlarge", "0.1", **{"ec2:Tenancy": "Dedicated"}),
        "c": of_type("t4g.small", "0.01", PurchaseOption="All Upfront"),
    }
    made[PLAN.format("ec2/3 year/Partial Upfront", "Shared")] = a_map(place, **rows)
    tasks = {"perCPU per hour": {"price": "0.0300000000"}, "perGB per hour": {"price": "0.0031"}}
    made[PLAN.format("fargate-with-arm/1 year/No Upfront", "ARM")] = a_map(place, **tasks)
    twice = tasks | {"perCPU per hour again": {"price": "0.04"}}
    made[PLAN.format("fargate-with-arm/1 year/No Upfront", "X86")] = a_map(place, **twice)
    queues = {f"Standard per Requests{tier}": {"price": usd} for tier, usd in (("", "4E-7"), (" Tier2", "3E-7"))}
    queues |= {"Standard per Requests Tier3": {"price": "0.00000024"}}
    made["queueservice/USD/current/queueservice.json"] = a_map(place, **queues)
    spans = ("Next 10 TB", "Next 40 TB", "Next 100 TB", "Greater than 150 TB")
    out = {f"DataTransfer External Outbound {span}": {"price": f"0.1{n}"} for n, span in enumerate(spans)}
    made["datatransfer/USD/current/datatransfer.json"] = a_map(place, **out)
    server.files = served(made) | {
        "/spot.json": ps.as_bytes(ps.spot_feed({"ap-northeast-3": {"m5.2xlarge": "0.1313"}}))
    }
    words = [word for one in ("ec2", "fargate", "sqs", "data_transfer") for word in ("--service", one)]
    status, document, errors = quick(capsys, server.url, "--region", "ap-northeast-3", *words)
    assert (status, errors) == (0, [])
    book = PriceBook.load(document["book"])

    def tiers(service, item):
        price = book.price(service, item, "ap-northeast-3")
        return price and [(int(tier.start), float(tier.price_usd)) for tier in price.tiers]

    assert tiers("ec2", "m5.2xlarge/compute_savings_plan_3y_partial_upfront") == [(0, 0.2)]
    assert tiers("ec2", "c6gn.xlarge/compute_savings_plan_3y_partial_upfront") is None
    assert tiers("ec2", "t4g.small/compute_savings_plan_3y_partial_upfront") is None
    assert tiers("ec2", "m5.2xlarge/spot") == [(0, 0.1313)]
    assert tiers("fargate", "vcpu_hour/arm64/linux/compute_savings_plan_1y_no_upfront") == [(0, 0.03)]
    assert tiers("fargate", "vcpu_hour/x86_64/linux/compute_savings_plan_1y_no_upfront") is None
    assert tiers("fargate", "gb_hour/x86_64/linux/compute_savings_plan_1y_no_upfront") == [(0, 0.0031)]
    assert tiers("sqs", "standard_requests") == [(0, 4e-7), (100_000_000_000, 3e-7), (200_000_000_000, 2.4e-7)]
    assert tiers("data_transfer", "internet_out") == [(0, 0.1), (10240, 0.11), (51200, 0.12), (153600, 0.13)]
    assert tiers("data_transfer", "inter_az_each_direction") == facts_of(document, "inter_az_each_direction")


def facts_of(document, item):
    price = PriceBook.load(document["base"]).price("data_transfer", item, "ap-northeast-3")
    return price and [(int(tier.start), float(tier.price_usd)) for tier in price.tiers]


def test_a_map_without_a_date_has_the_day_of_its_server_or_of_today(capsys, server):
    """AWS's maps of reserved capacity have had none since 2025 (copy of 2025-04-05)."""
    made = maps()
    reserved = next(path for path in made if "reservedinstance" in path)
    made[reserved]["manifest"].pop("hawkFilePublicationDate")
    server.files = served(made)
    words = ("--region", "ap-northeast-3", "--service", "ec2")
    status, document, errors = quick(capsys, server.url, *words)
    assert (status, errors) == (0, [])
    price = PriceBook.load(document["book"]).price(
        "ec2", "r5.large/instance_savings_plan_1y_no_upfront", "ap-northeast-3"
    )
    assert (float(price.first_usd), price.as_of) == (0.096, "2026-12-01")


def test_from_a_folder_and_with_names_of_europe(capsys, tmp_path, server):
    made = maps()[LAMBDA]
    made["regions"] = {"Europe (Ireland)": made["regions"]["US East (N. Virginia)"]}
    target = tmp_path / "mirror" / calculator_maps.MAPS.lstrip("/") / LAMBDA
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(made))
    words = ("--region", "eu-west-1", "--service", "lambda")
    status, document, _ = quick(capsys, tmp_path / "mirror", *words)
    assert (status, document["changed"] + document["same"]) == (0, 14)
    price = PriceBook.load(document["book"]).price("lambda", "provisioned_concurrency/x86_64", "eu-west-1")
    assert float(price.first_usd) == 0.0000041667


def test_every_region_has_a_place_and_every_item_a_row_of_the_book():
    assert calculator_maps.LOCATIONS.keys() == PLACES.keys() == set(newest_book(full=True).regions)
    items = {(price.service, price.item) for price in newest_book(full=True).prices}
    told = {(one.service, one.item) for of in calculator_rows.REGIONS_TOGETHER.values() for one in of}
    assert told <= items


def test_what_has_not_changed_is_not_fetched_again(capsys, server):
    words = ("--region", "af-south-1", "--service", "ebs")
    first, second = (quick(capsys, server.url, *words)[1]["book"] for _ in range(2))
    assert first == second
    assert server.statuses(address(EBS)) == [200, 304]


# ------------------------------------------------------------ what is refused


def changed(path, **manifest):
    def content():
        one = maps()[path]
        one["manifest"] |= manifest
        return json.dumps(one).encode()

    return content


def hangs_up(handler, body):
    handler.hang_up()


def redirects(handler, body):
    handler.answer(302, b"", Location="https://192.0.2.7/x")


@pytest.mark.parametrize(
    ("content", "code", "phrase"),
    [
        (b"<html>", 5, "it is a web page"),
        (b"", 5, "it is empty"),
        (b'{"manifest": {}', 5, "no whole JSON"),
        (b"[]", 5, "manifest and regions"),
        (b'{"manifest": {}, "regions": {"EU (Ireland)": []}}', 5, "rows by region"),
        (b"\xff\xfe{", 5, "not in UTF-8"),
        (gzip.compress(b"{" * 100, mtime=0)[:-9], 5, "can't be decompressed"),
        (changed(EBS, currencyCode="CNY"), 5, "its currency is CNY"),
        (changed(EBS, hawkFilePublicationDate="soon"), 5, "its publication date is soon"),
        (changed(EBS, hawkFilePublicationDate="2027-01-01T00:00:00Z"), 5, "published on 2027-01-01"),
        (hangs_up, 4, "hung up"),
        (redirects, 4, "leads to https://192.0.2.7/x"),
        (None, 4, "there are no maps"),
    ],
)
def test_a_fault_leaves_everything_as_it_was(capsys, server, small, tmp_path, content, code, phrase):
    shutil.copytree(small, tmp_path / "books")
    path, words = address(EBS), ("--region", "af-south-1", "--service", "ebs")
    if content in (hangs_up, redirects):
        server.faults[path] = [content] * 5
    elif content is None:
        server.files.clear()
    else:
        server.files[path] = content() if callable(content) else content
    status, _, errors = quick(capsys, server.url, *words)
    (line,) = errors
    assert (status, phrase in line) == (code, True), line
    assert [one.name for one in (tmp_path / "books").iterdir() if one.is_dir()] == ["small"]
    server.faults.clear()
    server.files = served(maps())
    assert quick(capsys, server.url, *words)[0] == 0


def test_a_price_that_moved_far_and_a_service_without_a_map(capsys, server, small, tmp_path):
    shutil.copytree(small, tmp_path / "books")
    made = maps()
    made[EBS]["regions"]["Africa (Cape Town)"]["Storage General Purpose gp3 GB Mo"]["price"] = "1.2"
    server.files = served(made)
    words = ("--region", "af-south-1", "--service", "ebs")
    status, _, (line,) = quick(capsys, server.url, *words)
    assert (status, "ebs gp3_storage af-south-1 from 0.1047 to 1.2" in line) == (5, True)
    assert quick(capsys, server.url, *words, "--accept")[0] == 0
    server.asked.clear()
    status, _, (line,) = quick(capsys, server.url, "--service", "alb")
    assert (status, server.asked) == (2, [])
    assert "Leave --quick out" in line
