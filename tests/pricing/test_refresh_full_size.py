"""Price files of full size: an EC2 file of 300 MB as CSV and an offer of 480 MB as JSON, read within 150 MB.

Only under `make prove`. The time is told beside that of `csv.reader` alone over the same bytes.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import price_server as ps
from campaigns import PROVE

pytestmark = pytest.mark.skipif(not PROVE or sys.platform != "linux", reason="a long proof: make prove, on Linux")

OFFERS = "/offers/v1.0/aws"
VERSION = "20261120100000"
REGION = "eu-west-1"
MOST_MB = 150
READS = """
import sys, time
from lambdaplan.cli.main import main
started = time.perf_counter()
status = main(sys.argv[1:])
took = time.perf_counter() - started
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))  # of this process alone
print("took", took, "peak", int(peak) / 1024)
sys.exit(status)
"""


def large_csv(path: Path, megabytes: int) -> int:
    """EC2's file: a wanted row for each type, and what makes it large, reserved rates and other systems."""
    rows = [
        ps.instance(f"m7i.{size}large", f"{0.1071 * n:.4f}", prefix="EU-")
        for n, size in enumerate(("", "x", "2x", "4x"), 1)
    ]
    rows += [ps.item("EU-EBS:VolumeUsage.gp3", "0.088"), ps.item("EU-NatGateway-Hours", "0.048")]
    wanted = ps.offer_csv("AmazonEC2", REGION, rows)
    filling = []
    for n in range(2000):
        kind = ("Reserved", "OnDemand")[n % 10 == 0]
        more = {"TermType": kind, "Operating System": "Windows", "operation": "RunInstances:0002", "SKU": f"{n:016d}"}
        more |= {"PriceDescription": "$9.9 per On Demand Windows with SQL Enterprise r5dn.24xlarge Instance Hour " * 4}
        filling.append(ps.instance("r5dn.24xlarge", "9.9", prefix="EU-", **more))
    block = ps.offer_csv("AmazonEC2", REGION, filling).split(b"\n", 6)[6]
    count = 0
    with path.open("wb") as file:
        file.write(wanted)
        while file.tell() < megabytes << 20:
            file.write(block)
            count += len(filling)
    return count


def large_json(path: Path, megabytes: int) -> None:
    """An offer as AWS writes it, indented, with products and terms that nobody asks for between those that are wanted."""
    wanted = ps.offer_json("AWSLambda", REGION, [ps.product("WANTED", "EU-Request", "0.0000002000", unit="Requests")])
    other = ps.offer_json("AWSLambda", REGION, [ps.product("OTHER", "EU-Something-Else", "0.5")])
    text = {
        part: json.dumps(other[part] if part == "products" else other[part]["OnDemand"], indent=2)[1:-1]
        for part in ("products", "terms")
    }
    first = {
        part: json.dumps(wanted[part] if part == "products" else wanted[part]["OnDemand"], indent=2)[1:-1]
        for part in text
    }
    copies = (megabytes << 20) // sum(len(one) for one in text.values())
    head = {key: wanted[key] for key in ("formatVersion", "offerCode", "version", "publicationDate")}
    with path.open("w") as file:
        file.write(json.dumps(head, indent=2)[:-2] + ',\n"products": {')
        for n in range(copies):
            file.write(text["products"].replace("OTHER", f"OTHER{n:011d}") + ",")
        file.write(first["products"] + '},\n"terms": {"OnDemand": {' + first["terms"])
        for n in range(copies):
            file.write("," + text["terms"].replace("OTHER", f"OTHER{n:011d}"))
        file.write('}, "Reserved": {}},\n"attributesList": {}\n}\n')


def mirror(folder: Path, offer: str, *, plans: bool = False) -> Path:
    for path, document in {
        f"{OFFERS}/index.json": ps.root_index([offer]),
        f"{OFFERS}/{offer}/current/region_index.json": ps.region_index(offer, [REGION]),
    }.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(ps.as_bytes(document))
    place = folder / f"{OFFERS}/{offer}/{VERSION}/{REGION}".lstrip("/")
    place.mkdir(parents=True)
    return place


def measured(folder: Path, origin: str, service: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a refresh in a process of its own."""
    env = {
        **os.environ,
        "LAMBDAPLAN_PRICES": str(folder / "books"),
        "LAMBDAPLAN_CACHE": str(folder / "cache"),
        "SOURCE_DATE_EPOCH": "1796083200",
    }
    words = ["prices", "refresh", "--from", origin, "--region", REGION, "--service", service, "-o", "large"]
    done = subprocess.run([sys.executable, "-c", READS, *words], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    _, took, _, peak = done.stdout.splitlines()[-1].split()
    return float(took), float(peak)


def csv_alone(path: Path) -> float:
    """Seconds that csv.reader takes over a file, in this process."""
    started = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - started


def test_an_ec2_file_of_300_mb_as_csv(tmp_path, capsys):
    place = mirror(tmp_path / "mirror", "AmazonEC2")
    rows = large_csv(place / "index.csv", 300)
    alone = csv_alone(place / "index.csv")
    took, peak = measured(tmp_path, str(tmp_path / "mirror"), "ec2")
    again = csv_alone(place / "index.csv")
    with capsys.disabled():
        print(f"\nCSV, {rows:,} rows: {took:.1f} s, csv.reader alone {alone:.1f} and {again:.1f} s, peak {peak:.0f} MB")  # noqa: T201
    assert peak < MOST_MB


def test_an_offer_of_480_mb_as_json(tmp_path, capsys):
    place = mirror(tmp_path / "mirror", "AWSLambda")
    large_json(place / "index.json", 480)
    size = (place / "index.json").stat().st_size >> 20
    took, peak = measured(tmp_path, str(tmp_path / "mirror"), "lambda")
    alone = csv_alone(place / "index.json")
    with capsys.disabled():
        print(f"\nJSON, {size} MB: {took:.1f} s, csv.reader over the same bytes {alone:.1f} s, peak {peak:.0f} MB")  # noqa: T201
    assert peak < MOST_MB


def test_the_csv_from_a_server(tmp_path, capsys):
    """Downloaded too: through the cache, with a break in the middle."""
    place = mirror(tmp_path / "mirror", "AmazonEC2")
    large_csv(place / "index.csv", 300)
    body = (place / "index.csv").read_bytes()
    files = {
        f"/{p.relative_to(tmp_path / 'mirror').as_posix()}": p.read_bytes()
        for p in (tmp_path / "mirror").rglob("*.json")
    }
    path = f"{OFFERS}/AmazonEC2/{VERSION}/{REGION}/index.csv"

    def breaks(handler, content):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("ETag", f'"{ps.hashlib.md5(content, usedforsecurity=False).hexdigest()}"')
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.hang_up()

    with ps.serving_prices(files | {path: body}) as server:
        server.faults[path] = [breaks]
        took, peak = measured(tmp_path, server.url, "ec2")
        assert server.statuses(path) == [0, 206]
        with capsys.disabled():
            print(f"\nCSV from a server on this machine, broken off once: {took:.1f} s, peak {peak:.0f} MB")  # noqa: T201
    assert peak < MOST_MB
