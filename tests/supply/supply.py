"""What the product is made of, for whoever has to trust it: `make supply` writes these into `build/supply`.

sbom.json : a software bill of materials (CycloneDX) of everything that is installed.
licences.csv : each package of the lock, its version and the licence that it declares.
audit.txt : known holes in these versions (pip-audit), or why they could not be looked up.
wheels.txt : the SHA-256 of two wheels, built in two folders at two times: one line where they are the same.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LOCK = ROOT / "requirements" / "lock.txt"
UNKNOWN = "not declared"


def locked() -> dict[str, str]:
    """Name and version of each package of the lock, whatever machine it is for."""
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\\n]+)", LOCK.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def licence_of(name: str) -> str | None:
    """The licence that an installed package declares; None where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if expression := about.get("License-Expression"):
        return expression
    classes = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    if classes:
        return "; ".join(sorted(set(classes)))
    text = (about.get("License") or "").strip()
    return text if text and len(text) < 60 else UNKNOWN


def licences() -> list[tuple[str, str, str]]:
    """Name, version and licence of each package of the lock."""
    elsewhere = "not for this machine"
    return [(name, version, licence_of(name) or elsewhere) for name, version in sorted(locked().items())]


def wheel_of(folder: Path, time: str) -> str:
    """The SHA-256 of a wheel of the committed files, copied into a folder, with the clock of the build set."""
    copy = folder / "copy"
    copy.mkdir(parents=True)
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, names):
        target = copy / os.fsdecode(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / os.fsdecode(name), target)
        os.utime(target, (int(time), int(time)))
    words = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "out"), str(copy)]
    env = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run(words, check=True, capture_output=True, env=env)
    (wheel,) = (folder / "out").glob("*.whl")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def two_wheels() -> list[str]:
    """The SHA-256 of two wheels, built in folders of other names and lengths, from files of other times."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        return [wheel_of(Path(one) / "a", "1000000000"), wheel_of(Path(other) / "another" / "place", "1700000000")]


def main() -> int:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "supply")
    out.mkdir(parents=True, exist_ok=True)
    words = ["environment", "--output-reproducible", "--pyproject", str(ROOT / "pyproject.toml")]
    subprocess.run([BIN / "cyclonedx-py", *words, "-o", str(out / "sbom.json"), sys.executable], check=True)
    with (out / "licences.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerows([("package", "version", "licence"), *licences()])
    audit = [BIN / "pip-audit", "--disable-pip", "--require-hashes", "-r", str(LOCK)]
    told = subprocess.run(audit, capture_output=True, text=True, check=False)
    (out / "audit.txt").write_text(told.stdout + told.stderr, "utf-8")
    reached = "could not be audited" not in told.stdout + told.stderr and "ConnectionError" not in told.stderr
    wheels = two_wheels()
    (out / "wheels.txt").write_text("".join(f"{wheel}\n" for wheel in dict.fromkeys(wheels)), "utf-8")
    unknown = [name for name, _, licence in licences() if licence == UNKNOWN]
    print(f"{out}: {len(locked())} packages, {len(unknown)} of them without a declared licence {unknown or ''}")
    print("two wheels are the same" if wheels[0] == wheels[1] else "TWO WHEELS DIFFER")
    holes = "known holes: see audit.txt" if told.returncode else "no known holes"
    print(holes if reached else "known holes could not be looked up: the database was not reached")
    return 0 if wheels[0] == wheels[1] else 1


if __name__ == "__main__":
    sys.exit(main())
