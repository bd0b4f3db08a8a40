"""Faults of the network and of what files hold: the old book stays, one line says why, and the next try succeeds."""

from __future__ import annotations

import errno
import functools
import gzip
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import zlib

import pytest

import price_server as ps
import steps
from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.pricing.price_book import PriceBook, verify
from lambdaplan.pricing.refresh import download, new_book, price_list

OFFERS = "/offers/v1.0/aws"
PLANS = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan"
VERSION = "20261120100000"
REGION = "eu-west-1"
ROOT, SPOT = f"{OFFERS}/index.json", "/spot.json"
REGIONS = f"{OFFERS}/AWSLambda/current/region_index.json"
LAMBDA = f"{OFFERS}/AWSLambda/{VERSION}/{REGION}/index.json"
EC2 = f"{OFFERS}/AmazonEC2/{VERSION}/{REGION}/index.csv"
RATES = f"{PLANS}/{VERSION}/{REGION}/index.csv"
STAGES = {"root": ROOT, "regions": REGIONS, "lambda": LAMBDA, "ec2": EC2, "plans": RATES, "spot": SPOT}
ROWS = [ps.instance("m7i.large", "0.1071", prefix="EU-"), ps.item("EU-EBS:VolumeUsage.gp3", "0.088")]


def lambda_products(duration="0.0000166667", requests="0.0000002000", tiers=None):
    tiers = tiers or [
        ("0", "6000000000", duration),
        ("6000000000", "15000000000", "0.000015"),
        ("15000000000", "Inf", "0.0000133334"),
    ]
    return [ps.product("A", "EU-Request", requests, unit="Requests"), ps.product("B", "EU-Lambda-GB-Second", tiers)]


def lambda_file(products=None, **how):
    return ps.as_bytes(ps.offer_json("AWSLambda", REGION, products or lambda_products(), **how))


def ec2_file(rows=ROWS, **how):
    return ps.offer_csv("AmazonEC2", REGION, rows, **how)


def world():
    files = {ROOT: ps.as_bytes(ps.root_index(["AWSLambda", "AmazonEC2"]))}
    for offer in ("AWSLambda", "AmazonEC2"):
        files[f"{OFFERS}/{offer}/current/region_index.json"] = ps.as_bytes(ps.region_index(offer, [REGION]))
    files |= {LAMBDA: lambda_file(), EC2: ec2_file(), SPOT: ps.as_bytes(ps.spot_feed({REGION: {"m7i.large": "0.04"}}))}
    files[f"{PLANS}/current/region_index.json"] = ps.as_bytes(ps.plan_index([REGION]))
    files[RATES] = ps.plans_csv(REGION, [ps.rate("AmazonEC2", "EU-BoxUsage:m7i.large", "0.0789")])
    return files


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    ps.small_book(folder, "small")
    return folder


class Case:
    """A price server, a small book to refresh, and commands on both."""

    def __init__(self, server, folder):
        self.server, self.folder, self.books = server, folder, folder / "books"

    def words(self, *more):
        chosen = ("--region", REGION, "--service", "lambda", "--service", "ec2", "--service", "ebs")
        return ["prices", "refresh", "--from", self.server.url, *chosen, "-o", "next", *more]

    def standing(self):
        paths = (p for p in self.books.rglob("*") if p.is_file() and p.name != ".lock")
        return {p.relative_to(self.books).as_posix(): p.read_bytes() for p in paths}

    def env(self):
        return {
            "LAMBDAPLAN_PRICES": str(self.books),
            "LAMBDAPLAN_CACHE": str(self.folder / "cache"),
            "SOURCE_DATE_EPOCH": "1796083200",
        }

    def holds(self):
        """The new book is there, is whole, and has AWS's prices."""
        book = PriceBook.load("next")
        assert verify(book) == []
        expected = [
            ("lambda", "requests/x86_64", 2e-7),
            ("ec2", "m7i.large/on_demand", 0.1071),
            ("ec2", "m7i.large/spot", 0.04),
        ]
        expected += [("ebs", "gp3_storage", 0.088), ("ec2", "m7i.large/compute_savings_plan_1y_no_upfront", 0.0789)]
        assert [(s, i, float(book.price(s, i, REGION).first_usd)) for s, i, _ in expected] == expected


@pytest.fixture
def case(tmp_path, small, monkeypatch):
    shutil.copytree(small, tmp_path / "books")
    with ps.serving_prices(world()) as server:
        one = Case(server, tmp_path)
        for name, value in one.env().items():
            monkeypatch.setenv(name, value)
        patience = download.Patience

        def impatient(connect_s, silent_s):
            return patience(connect_s, silent_s, tries=2, pause_s=0)

        monkeypatch.setattr(download, "Patience", impatient)
        yield one


# ------------------------------------------------------------ faults of the network


def reset_at_once(handler, body):
    handler.hang_up(reset=True)


def hang_up_at_once(handler, body):
    handler.hang_up()


def silent(handler, body):
    handler.prices.let_go.wait()


def begun(handler, body, share=2, length=None, **headers):
    """The head of an answer, and a part of its body."""
    handler.send_response(200)
    for name, value in ({"Content-Length": str(length or len(body))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // share])
    handler.wfile.flush()


def reset_in_the_body(handler, body):
    begun(handler, body)
    handler.hang_up(reset=True)


def ends_early(handler, body):
    begun(handler, body, 1, len(body) + 1000)
    handler.hang_up()


def silent_in_the_body(handler, body):
    begun(handler, body)
    handler.prices.let_go.wait()


def silent_after_the_head(handler, body):
    begun(handler, body[:0], 1, 500)
    handler.prices.let_go.wait()


def drips(handler, body):
    """A byte at a time, without end; the client's clock runs faster than anybody can drip."""
    begun(handler, body[:0], 1, 100_000)
    for _ in range(100_000):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def chunks_cut(handler, body):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])
    handler.hang_up()


def no_http(handler, body):
    handler.wfile.write(b"this is no HTTP\r\n\r\n")
    handler.hang_up()


def endless_header(handler, body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n")
    handler.hang_up()


def answers(status, body=b"", **headers):
    return lambda handler, _: handler.answer(status, body, **headers)


def redirects_to(place):
    return lambda handler, _: handler.answer(302, b"", Location=place)


def redirects_on(handler, body):
    handler.prices.faults.setdefault(f"{handler.path}x", []).append(redirects_on)  # before anybody can ask
    handler.answer(302, b"", Location=f"{handler.path}x")


ALWAYS = 50
NETWORK = {
    **{f"reset at once: {stage}": (path, reset_at_once, "reset") for stage, path in STAGES.items()},
    "reset in the body": (LAMBDA, reset_in_the_body, ""),
    "hangs up": (ROOT, hang_up_at_once, "hung up"),
    "silent": (ROOT, silent, "silent"),
    "silent after the head": (LAMBDA, silent_after_the_head, "silent"),
    "silent in the body": (EC2, silent_in_the_body, "silent"),
    "shorter than it says": (LAMBDA, ends_early, "the connection ended"),
    "chunks cut": (LAMBDA, chunks_cut, "ended early"),
    "no HTTP": (ROOT, no_http, "can't be fetched"),
    "endless header": (ROOT, endless_header, "can't be fetched"),
    "500": (LAMBDA, answers(500), "answers 500"),
    "503": (ROOT, answers(503), "answers 503"),
    "429": (EC2, answers(429), "answers 429"),
    "401": (LAMBDA, answers(401), "answers 401"),
    "404": (LAMBDA, answers(404), "no such file"),
    "redirected to another host": (LAMBDA, redirects_to("https://192.0.2.7/x"), "leads to https://192.0.2.7/x"),
    "redirected to another port": (LAMBDA, redirects_to("http://127.0.0.1:9/x"), "leads to http://127.0.0.1:9/x"),
    "redirected to a file": (LAMBDA, redirects_to("file:///etc/passwd"), "leads to file:///etc/passwd"),
    "redirected without end": (LAMBDA, redirects_on, "again and again"),
}


def refused(case, capsys, code, phrase, *more):
    """The refresh is refused: in one line, with its exit code, and everything is as it was."""
    before = case.standing()
    assert main([*case.words("--timeout", "0.3"), *more]) == code
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("error: ")
    assert phrase in line
    assert printed.out == ""
    assert case.standing() == before


def succeeds_now(case, capsys):
    case.server.faults.clear()
    assert main(case.words()) == 0
    assert capsys.readouterr().err == ""
    case.holds()


@pytest.mark.parametrize("name", NETWORK)
def test_a_fault_of_the_network(case, capsys, name):
    path, fault, phrase = NETWORK[name]
    case.server.faults[path] = [fault] * ALWAYS
    refused(case, capsys, 4, phrase)
    succeeds_now(case, capsys)


def test_a_server_that_drips_is_given_up(case, capsys, monkeypatch):
    clock = itertools.count(0, 7)
    origin_of = download.origin_of

    def hurried(*given):
        origin = origin_of(*given)
        origin.clock = lambda: next(clock)
        return origin

    with monkeypatch.context() as patched:
        patched.setattr(download, "origin_of", hurried)
        case.server.faults[LAMBDA] = [drips] * ALWAYS
        refused(case, capsys, 4, "bytes came in")
    succeeds_now(case, capsys)


def test_a_connection_that_is_refused(case, capsys):
    case.server.close()
    refused(case, capsys, 4, "the connection is refused; tried 2 times")


def test_a_refused_connection_is_given_up_within_30_s():
    """Four tries, each with at most 5 s for a connection, and pauses that double from half a second."""
    patience = download.Patience()
    pauses = sum(patience.pause_s * 2**n for n in range(patience.tries - 1))
    assert patience.tries * patience.connect_s + pauses < 30


def test_a_plain_server_under_an_address_of_https(case, capsys):
    words = [word.replace("http://", "https://") for word in case.words("--timeout", "0.5")]
    assert main(words) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "no secure connection" in line


def test_an_index_that_names_another_host(case, capsys):
    case.server.files[REGIONS] = case.server.files[REGIONS].replace(b'"/offers', b'"https://192.0.2.7/offers')
    refused(case, capsys, 4, "leads to https://192.0.2.7")
    case.server.files.update(world())
    succeeds_now(case, capsys)


# ------------------------------------------------------------ faults of what files hold


@functools.cache
def bomb(filling):
    """200 MB of a document in 200 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [
        packer.compress(
            b'{"version": "1", "publicationDate": "2026-11-20", "products": {"x": '
            + (b'"' if filling == b" " else b"[")
        )
    ] + [packer.compress(filling * ((1 << 20) // len(filling))) for _ in range(200)]
    return b"".join([*parts, packer.compress(b'"}}'), packer.flush()])


def with_columns(change):
    return ec2_file(columns=[change.get(column, column) for column in ps.EC2_COLUMNS])


def tiered(*tiers):
    return lambda_file(lambda_products(tiers=list(tiers)))


HALF = ("0", "6000000000", "0.00002")
CONTENT = {
    "a web page for the index": (ROOT, b"<!DOCTYPE html><title>Log in</title>", "it is a web page"),
    "a web page for an offer": (LAMBDA, b"\n <html>", "it is a web page"),
    "a web page for EC2": (EC2, b"<html>", "it is a web page"),
    "nothing": (LAMBDA, b" \n", "it is empty"),
    "an index that is a list": (ROOT, b"[]", "it is no object"),
    "an index without the offer": (ROOT, ps.as_bytes(ps.root_index(["AWSELB"])), "it has no AWSLambda"),
    "an index nested without end": (ROOT, b'{"a":' * 100_000, "the index of offers is refused"),
    "an index of regions without addresses": (
        REGIONS,
        b'{"regions": {"eu-west-1": {"regionCode": "eu-west-1"}}}',
        "no address",
    ),
    "JSON cut": (LAMBDA, lambda_file()[:-200], "it is no whole JSON"),
    "JSON cut in its products": (LAMBDA, lambda_file()[:600], "it is no whole JSON"),
    "JSON with something after it": (LAMBDA, lambda_file() + b"{}", "it is no whole JSON"),
    "JSON of another shape": (
        LAMBDA,
        b'{"version": "1", "publicationDate": "2026-11-20", "products": {"A": []}}',
        "shape",
    ),
    "no publication date": (LAMBDA, b'{"products": {}}', "its publication date is None"),
    "CSV cut in a line": (EC2, ec2_file()[:-30], "columns, not"),
    "CSV cut before the end of its last line": (EC2, ec2_file()[:-1], "it is cut"),
    "CSV without a header": (EC2, b'"Publication Date","2026-11-20"\n"a","b"\n', "it has no header"),
    "CSV with a zero byte": (EC2, ec2_file().replace(b"Shared", b"Sha\0red"), "EC2 of eu-west-1 is refused"),
    "a column renamed": (EC2, with_columns({"PricePerUnit": "Price"}), "its header has no priceperunit"),
    "a column twice": (EC2, with_columns({"Unit": "Currency"}), "its header has Currency twice"),
    "Latin-1": (EC2, ec2_file().replace(b"NA", "Zürich".encode("latin-1")), "it is not in UTF-8"),
    "UTF-16": (LAMBDA, lambda_file().decode().encode("utf-16"), "AWSLambda of eu-west-1 is refused"),
    "a gzip bomb": (LAMBDA, lambda: bomb(b' {"a": 1}, '), "when it is decompressed"),
    "a word without end": (LAMBDA, lambda: bomb(b" "), "a word of it has more than 64 kB"),
    "gzip that is broken": (LAMBDA, gzip.compress(lambda_file())[:-40], "it can't be decompressed"),
    "another currency in JSON": (LAMBDA, lambda_file(currency="CNY"), "a price is in CNY"),
    "another currency in CSV": (EC2, ec2_file([ROWS[0] | {"Currency": "EUR"}]), "a price is in EUR"),
    "no number": (LAMBDA, lambda_file(lambda_products(requests="NaN")), "a price is NAN"),
    "a negative price": (LAMBDA, lambda_file(lambda_products(requests="-0.1")), "a price is -0.1"),
    "a price of nothing": (LAMBDA, lambda_file(lambda_products(requests="0.0000")), "the price of lambda"),
    "tiers with a gap": (LAMBDA, tiered(HALF, ("7000000000", "Inf", "0.00001")), "are not whole"),
    "tiers that overlap": (LAMBDA, tiered(HALF, ("5000000000", "Inf", "0.00001")), "are not whole"),
    "tiers that end": (LAMBDA, tiered(HALF), "are not whole"),
    "tiers from elsewhere": (LAMBDA, tiered(("1", "Inf", "0.00001")), "are not whole"),
    "two prices of one thing": (
        EC2,
        ec2_file([*ROWS, ROWS[0] | {"PricePerUnit": "0.2"}]),
        "has two prices from 0: 0.1071 and 0.2",
    ),
    "a price of twenty times": (
        LAMBDA,
        lambda_file(lambda_products(requests="0.000004")),
        "moved by more than 10 times",
    ),
    "a price of a twentieth": (EC2, ec2_file([ROWS[0] | {"PricePerUnit": "0.005"}]), "moved by more than 10 times"),
    "published in the future": (LAMBDA, lambda_file(published="2031-01-01T00:00:00Z"), "Look at this machine's clock"),
    "nothing that is asked for": (LAMBDA, lambda_file([ps.product("A", "EU-Something", "1")]), "it holds no price"),
    "plans without a column": (RATES, ec2_file(), "its header has no discountedrate"),
    "a feed of another shape": (SPOT, b'{"config": {"regions": [{"region": "eu-west-1"}]}}', "shape"),
    "a feed without prices": (SPOT, b'{"config": {"regions": []}}', "no price of Linux"),
}


@pytest.mark.parametrize("name", CONTENT)
def test_a_fault_of_what_a_file_holds(case, capsys, monkeypatch, name):
    if not PROVE:  # else 60 MB of a bomb are read before it is refused
        monkeypatch.setattr(price_list, "FREE_TO_JUDGE", 2 << 20)
        monkeypatch.setattr(price_list, "MOST_RATIO", 30)
    path, content, phrase = CONTENT[name]
    case.server.files[path] = content() if callable(content) else content
    refused(case, capsys, 5, phrase)
    case.server.files.update(world())
    succeeds_now(case, capsys)


@pytest.mark.parametrize("tagged", [True, False])
def test_a_file_that_was_refused_is_fetched_anew(case, capsys, tagged):
    case.server.tagged = tagged
    case.server.files[LAMBDA] = b"<html>"
    for _ in range(2):
        refused(case, capsys, 5, "it is a web page")
    assert case.server.statuses(LAMBDA) == [200, 200]


def test_a_coding_that_nobody_asked_for(case, capsys):
    case.server.faults[LAMBDA] = [answers(200, b"?", Content_Encoding="br")]
    refused(case, capsys, 5, "it comes as br")
    succeeds_now(case, capsys)


def test_a_file_larger_than_any(case, capsys):
    case.server.faults[LAMBDA] = [lambda handler, body: begun(handler, body, 1, 5 << 30)]
    refused(case, capsys, 5, "larger than 4,096 MB")
    succeeds_now(case, capsys)


def test_a_price_that_moved_far_is_taken_where_it_is_accepted(case, capsys):
    case.server.files[LAMBDA] = lambda_file(lambda_products(requests="0.000004"))
    assert main(case.words("--accept")) == 0
    assert float(PriceBook.load("next").price("lambda", "requests/x86_64", REGION).first_usd) == 0.000004


# ------------------------------------------------------------ what passes


@pytest.mark.parametrize(
    "fault", [answers(503), reset_at_once, hang_up_at_once, silent], ids=["503", "reset", "hung up", "silent"]
)
def test_what_passes_is_tried_again(case, capsys, fault):
    case.server.faults = {path: [fault] for path in (ROOT, LAMBDA, EC2)}
    assert main(case.words("--timeout", "0.3")) == 0
    assert capsys.readouterr().err == ""
    case.holds()


def large_ec2():
    """EC2's file with 3 MB of rows that nobody asks for."""
    return ec2_file([*ROWS, *[ps.item("EU-Other", "1", SKU=f"{n:016d}") for n in range(12_000)]])


def breaks_at(share):
    def fault(handler, body):
        begun(handler, body, share, ETag=f'"{ps.hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
        handler.hang_up(reset=False)

    return fault


def test_what_broke_off_goes_on_where_it_stopped(case, capsys):
    case.server.files[EC2] = body = large_ec2()
    case.server.faults[EC2] = [breaks_at(2)]
    assert main(case.words()) == 0
    assert case.server.statuses(EC2) == [0, 206]
    (asked,) = (headers for path, headers, status in case.server.asked if (path, status) == (EC2, 206))
    assert int(asked["Range"].removeprefix("bytes=").rstrip("-")) == len(body) // 2
    case.holds()


def test_a_later_refresh_goes_on_too(case, capsys):
    case.server.files[EC2] = large_ec2()
    case.server.faults[EC2] = [breaks_at(2), *[answers(503)] * 2]
    refused(case, capsys, 4, "answers 503")
    case.server.faults.clear()
    assert main(case.words()) == 0
    assert case.server.statuses(EC2)[-1] == 206
    case.holds()


def test_what_changed_meanwhile_is_fetched_from_its_beginning(case, capsys):
    case.server.files[EC2] = large_ec2()
    case.server.faults[EC2] = [breaks_at(2), *[answers(503)] * 2]
    refused(case, capsys, 4, "answers 503")
    case.server.faults.clear()
    case.server.files[EC2] = ec2_file()
    assert main(case.words()) == 0
    assert case.server.statuses(EC2)[-1] == 200
    case.holds()


def test_a_rest_from_another_place_is_not_taken(case, capsys):
    case.server.files[EC2] = body = large_ec2()
    span = f"bytes 5-{len(body) - 1}/{len(body)}"
    case.server.faults[EC2] = [breaks_at(2), answers(206, body[5:], Content_Range=span)]
    assert main(case.words("--timeout", "5")) == 0
    assert case.server.statuses(EC2) == [0, 0, 200]
    case.holds()


# ------------------------------------------------------------ this machine


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "the disk")


@pytest.mark.parametrize(("module", "name"), [(new_book, "_write"), (download, "_write_json")], ids=["book", "cache"])
def test_a_full_disk(case, capsys, monkeypatch, module, name):
    with monkeypatch.context() as patched:
        patched.setattr(module, name, full)
        refused(case, capsys, 5, "No space left")
    succeeds_now(case, capsys)


def run(case, *words, code=steps.COMMAND, **how):
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | how
    return steps.start(code, *words, env=case.env(), **how)


@pytest.mark.usefixtures("ctrl_c_is_heard")
def test_ctrl_c_while_a_file_comes(case):
    before = case.standing()
    reached = ps.threading.Event()

    def stuck(handler, body):
        begun(handler, body)
        reached.set()
        handler.prices.let_go.wait()

    case.server.faults[EC2] = [stuck]
    process = run(case, *case.words("--timeout", "60"))
    assert reached.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert case.standing() == before


@pytest.mark.skipif(sys.platform != "linux", reason="steps are counted as Linux has them")
def test_killed_at_any_step_the_old_book_stays_and_the_next_try_succeeds(case, capsys, tmp_path):
    report = tmp_path / "steps"
    assert run(case, *case.words(), report=report).communicate()[1] == ""
    shutil.rmtree(case.books / "next")
    total = int(report.read_text())
    before = case.standing()
    chance = random.Random(21)
    for kill in sorted(chance.sample(range(1, total + 1), min(total, 60 if PROVE else 2))):
        shutil.rmtree(case.folder / "cache")
        process = run(case, *case.words(), kill=kill)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, kill
        standing = {
            name: content for name, content in case.standing().items() if not name.startswith((".new-", "next/"))
        }
        assert standing == before, kill
        if (case.books / "next").exists():
            assert verify(PriceBook.load("next")) == []
        assert main(case.words()) == 0, kill
        capsys.readouterr()
        case.holds()
        assert list(case.books.glob(".new-*")) == []
        shutil.rmtree(case.books / "next")


def test_several_refreshes_and_readers_at_once(case):
    """Refreshes take turns; who reads meanwhile reads whole books."""
    many = 8 if PROVE else 2
    reading = ["report" if PROVE else "compare", "data/scenarios/node_api.json"]
    refreshes = [run(case, *case.words()) for _ in range(many)]
    readers = []
    for n in range(many):
        more = ["-o", str(case.folder / f"report{n}")] if PROVE else []
        readers.append(run(case, *reading, *more, cwd=ps.__file__.rpartition("/tests/")[0]))
    for process in [*refreshes, *readers]:
        _, err = process.communicate(timeout=600)
        told = [line for line in err.splitlines() if not line.startswith("running the report of")]
        assert (process.returncode, told) == (0, [])
    case.holds()
    assert sorted(p.name for p in case.books.iterdir() if p.is_dir()) == ["next", "small"]


def test_a_refresh_that_does_not_end_is_not_waited_for_without_end(case, capsys, monkeypatch):
    import fcntl

    from lambdaplan.pricing.refresh import refresh

    monkeypatch.setattr(refresh, "LOCK_S", 0.0)
    (case.folder / "cache").mkdir()
    with (case.folder / "cache" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(case, capsys, 4, "another refresh has been at work")
    succeeds_now(case, capsys)


def test_json_tells_the_error_too(case, capsys):
    case.server.files[LAMBDA] = b"<html>"
    assert main(case.words("--json")) == 5
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["field"]) == ("content", "AWSLambda of eu-west-1")
