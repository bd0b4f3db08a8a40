"""One refresh: from the root index to a new price book that has passed its guards, or to everything as it was."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem, RefreshError, nearest, shorten
from lambdaplan.pricing.price_book import ANY_REGION, PriceBook, packaged_book_ids
from lambdaplan.pricing.refresh.calculator_rows import SERVICES as MAPPED
from lambdaplan.pricing.refresh.catalogue import BIG, OFFERS, SAVINGS_PLANS, asked_services, services_of
from lambdaplan.pricing.refresh.download import Fetched, NotThere, Origin
from lambdaplan.pricing.refresh.new_book import (
    Band,
    Draft,
    Key,
    Listed,
    accepted,
    clear_staged,
    covered_services,
    guard,
)
from lambdaplan.pricing.refresh.price_list import (
    MOST_INDEX,
    MOST_OFFER,
    READER,
    PriceFile,
    read_index,
    read_offer,
    read_plans,
    refused,
)
from lambdaplan.pricing.refresh.quick import check_services, read_maps
from lambdaplan.pricing.refresh.working import at_once, check_day, read_once, read_spot_feed
from lambdaplan.pricing.regions import nearest_region

if sys.platform != "win32":
    import fcntl

ROOT_INDEX = "/offers/v1.0/aws/index.json"
PLAN_INDEX = "/savingsPlan/v1.0/aws/{}/current/region_index.json"
LOCK_S = 120.0  # how long another refresh is waited for
BOOK_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-[0-9]")

Told = Callable[[str], object]
"""Told in words what is being done."""


@dataclass(frozen=True)
class Asked:
    """What is to be refreshed.

    Parameters:
    regions, services : sequence of str - as they were given; empty: those of the former book, and all.
    id : str or None - of the new book.
    accept : bool - whether prices may move by more than ten times.
    today : date.
    quick : bool - from the maps of AWS's calculator instead of the price list.
    """

    regions: Sequence[str]
    services: Sequence[str]
    id: str | None
    accept: bool
    today: dt.date
    quick: bool = False


@dataclass(frozen=True)
class Refreshed:
    """A new book, and what is new in it.

    Parameters:
    notes : lines about what was not there, what it keeps and what the guards named.
    files : how many files of prices it rests on.
    """

    book: PriceBook
    base: PriceBook
    draft: Draft
    notes: tuple[str, ...]
    files: int
    published: tuple[str, str]


Examine = Callable[[PriceBook, PriceBook], Iterable[str]]
"""Judges a new book beside the former one: gives lines to tell, or raises RefreshError."""


def refresh(
    asked: Asked, origin: Origin, base: PriceBook, books: Path, cache: Path, examine: Examine, tell: Told
) -> Refreshed:
    """Make the next price book from AWS's files.

    Parameters:
    base : PriceBook - the book that the new one is laid over.
    books : Path - the folder of the new book.
    cache : Path - the folder of what has been fetched; one refresh at a time works in it.

    Raises: InputError when a region or service is not known; RefreshError when files can't be fetched, or a guard
        refuses the new book. Then everything is as it was.
    """
    offers, wanted = _offers_of(asked.services, MAPPED if asked.quick else frozenset())
    if asked.quick:
        check_services(asked.services, wanted)
    _check_id(asked.id)
    _check_regions(asked.regions, base)
    for folder in (cache, books):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(cache / ".lock", tell), _alone(books / ".lock", tell):
        clear_staged(books)
        draft = Draft(base, books, asked.id or f"aws-{asked.today.isoformat()}", asked.today.isoformat(), asked.quick)
        try:
            try:
                if asked.quick:
                    regions, notes = read_maps(asked.regions or base.regions, asked.today, origin, draft, wanted, tell)
                else:
                    regions, notes = _read_all(asked, origin, draft, offers, wanted, tell)
            finally:
                origin.close()
            tell("comparing with the former book")
            guard(draft, asked.accept)
            about: dict[str, Any] = {
                "from": origin.name,
                "base": base.id,
                "regions": regions,
                "services": sorted(wanted),
            }
            about |= {"quick": True, "differences": draft.differences} if asked.quick else {}
            book = draft.finish(about)
            notes += examine(book, base)
            book = accepted(book, books, asked.id, packaged_book_ids())
        finally:
            draft.discard()
        dates = sorted(draft.published)
        return Refreshed(book, base, draft, tuple(notes), len(dates), (dates[0], dates[-1]))


# what is asked for


def _offers_of(services: Sequence[str], more: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """The offers whose files are read, and the services whose prices are taken; `more` of them are in no offer."""
    words = asked_services() | {one: one for one in more}
    wanted: set[str] = set()
    for name in services:
        known = words.get(name.lower().replace("-", "_")) or words.get(name.lower())
        if known is None:
            allowed = ", ".join(sorted(set(words.values()) - set(OFFERS)))
            raise InputError(
                Problem("choice", "--service", f'"{shorten(name)}"', allowed, nearest(name, words.values()))
            )
        wanted |= services_of(known) if known in OFFERS else {known}
    chosen = frozenset(wanted) if services else more.union(*map(services_of, OFFERS))
    return [offer for offer in OFFERS if services_of(offer) & chosen], chosen


def _check_id(id: str | None) -> None:
    if id is not None and not BOOK_ID.fullmatch(id):
        words = "an id of at most 60 small letters, digits, points and hyphens"
        raise InputError(Problem("type", "-o", f'"{shorten(id)}"', words, "Such as aws-2026-12-01."))


def _check_regions(regions: Sequence[str], base: PriceBook) -> None:
    for region in regions:
        if region not in base.regions and not REGION.fullmatch(region):
            words = f"the {len(base.regions)} regions of the book {base.id}"
            fix = nearest_region(region, base.regions)
            raise InputError(Problem("choice", "--region", f'"{shorten(region)}"', words, fix))


@contextlib.contextmanager
def _alone(path: Path, tell: Told) -> Iterator[None]:
    """Hold a lock: refreshes take turns. A process that dies lets go of it.

    Raises: RefreshError when another one does not end in time.
    """
    with path.open("a") as file:
        if sys.platform != "win32":
            until = time.monotonic() + LOCK_S
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        words = f"another refresh has been at work for {LOCK_S:.0f} s"
                        raise RefreshError(
                            "network", str(path.parent), words, "one works at a time", "Try later."
                        ) from None
                    tell("waiting for another refresh to end")
                    time.sleep(0.2)
        yield


# fetching and reading


def _read_all(
    asked: Asked, origin: Origin, draft: Draft, offers: Sequence[str], wanted: frozenset[str], tell: Told
) -> tuple[list[str], list[str]]:
    """Fetch and read every file, region by region, into the draft; the regions, and notes about what is not there."""
    base = draft.base
    tell("reading AWS's index")
    root = _index(origin, ROOT_INDEX, "the index of offers")
    listed_offers = root.get("offers")
    if not isinstance(listed_offers, dict):
        raise refused("the index of offers", "it has no offers")
    jobs: dict[str, list[Callable[[], PriceFile | str]]] = {}
    by_region: dict[str, set[str]] = {}
    notes: list[str] = []
    references = {}
    for offer in offers:
        reference = listed_offers.get(offer, {}).get("currentRegionIndexUrl")
        if not isinstance(reference, str):
            raise refused("the index of offers", f"it has no {offer}")
        references[offer] = reference

    def index_of(offer: str) -> tuple[str, dict[str, str]]:
        return offer, _regions_of(
            _index(origin, references[offer], f"the regions of {offer}"), f"the regions of {offer}"
        )

    for offer, addresses in at_once([lambda offer=offer: index_of(offer) for offer in offers]):  # type: ignore[misc]
        for region in _regions(asked, base, addresses):
            by_region.setdefault(region, set()).add(offer)
            jobs.setdefault(region, []).append(_offer_job(origin, offer, region, addresses[region]))
    for region in asked.regions:
        if region not in by_region:
            words = "the regions of AWS's index"
            raise InputError(
                Problem("choice", "--region", f'"{shorten(region)}"', words, nearest_region(region, base.regions))
            )
    for plans, services in SAVINGS_PLANS.items():
        if wanted & set(services):
            plan_jobs, plan_notes = _plan_jobs(origin, plans, sorted(by_region))
            for region, job in plan_jobs.items():
                jobs[region].append(job)
            notes += plan_notes
    spot = read_spot_feed(origin, asked.today) if "ec2" in wanted else ""
    notes += [spot] if isinstance(spot, str) and spot else []
    done, total = 0, sum(len(of_region) for of_region in jobs.values())
    everywhere: dict[Key, tuple[Band, ...]] = {}
    for region in sorted(jobs):
        listed = Listed()
        if isinstance(spot, PriceFile):
            listed.add(spot.of_region(region), wanted)
        for outcome in at_once(jobs[region]):
            done += 1
            tell(f"{done} of {total} price files")
            if isinstance(outcome, str):
                notes.append(outcome)
                continue
            check_day(outcome, asked.today)
            listed.add(outcome, wanted)
        for key, bands in listed.bands.items():
            if key[2] == ANY_REGION and everywhere.setdefault(key, bands) != bands:
                raise refused(listed.files[key].name, f"{' '.join(key)} has another price there than in another region")
        draft.lay(listed, covered_services(by_region[region], wanted), region)
    return sorted(jobs), notes


def _regions(asked: Asked, base: PriceBook, addresses: Mapping[str, str]) -> list[str]:
    return [region for region in (asked.regions or base.regions) if region in addresses]


def _index(origin: Origin, reference: str, name: str) -> dict[str, Any]:
    url = origin.address(reference)
    try:
        fetched = origin.fetch(url, MOST_INDEX)
    except NotThere:
        raise RefreshError("network", url, "there is no such file", "AWS has its index there") from None
    try:
        return read_index(fetched.path, name)
    except RefreshError:
        origin.wrong(fetched)
        raise


def _regions_of(index: Mapping[str, Any], name: str) -> dict[str, str]:
    """The address of each region's file. Offers have a map of regions, savings plans a list."""
    regions = index.get("regions")
    parts = list(regions.values()) if isinstance(regions, dict) else regions
    addresses: dict[str, str] = {}
    for part in parts if isinstance(parts, list) else [None]:
        if not isinstance(part, dict):
            raise refused(name, "it lists no regions")
        url = part.get("currentVersionUrl") or part.get("versionUrl")
        if not isinstance(part.get("regionCode"), str) or not isinstance(url, str):
            raise refused(name, "a region has no address")
        addresses[part["regionCode"]] = url
    return addresses


def _offer_job(origin: Origin, offer: str, region: str, reference: str) -> Callable[[], PriceFile | str]:
    def job() -> PriceFile | str:
        def read(fetched: Fetched) -> PriceFile:
            return read_offer(fetched.path, fetched.url, offer, region)

        try:
            return _file(origin, reference, f"{offer} {region}", offer in BIG, read)
        except NotThere:
            url = origin.address(reference)
            raise RefreshError("network", url, "there is no such file", "AWS's index names it") from None

    return job


def _plan_jobs(
    origin: Origin, plans: str, regions: Sequence[str]
) -> tuple[dict[str, Callable[[], PriceFile | str]], list[str]]:
    """How the rates of savings plans are fetched in each region; a note where an origin has none."""
    url = origin.address(PLAN_INDEX.format(plans))
    try:
        fetched = origin.fetch(url, MOST_INDEX)
    except NotThere:
        return {}, [f"there is no {plans}: the rates of the former book stay"]
    try:
        addresses = _regions_of(read_index(fetched.path, f"the regions of {plans}"), f"the regions of {plans}")
    except RefreshError:
        origin.wrong(fetched)
        raise

    def job_of(region: str) -> Callable[[], PriceFile | str]:
        def job() -> PriceFile | str:
            def read(fetched: Fetched) -> PriceFile:
                return read_plans(fetched.path, fetched.url, plans, region)

            try:
                return _file(origin, addresses[region], f"{plans} {region}", True, read)
            except NotThere:
                return f"there is no file of {plans} of {region}: the rates of the former book stay"

        return job

    absent = [region for region in regions if region not in addresses]
    notes = [f"{plans} has no {', '.join(absent)}: the rates of the former book stay"] if absent else []
    return {region: job_of(region) for region in regions if region in addresses}, notes


def _file(origin: Origin, reference: str, words: str, big: bool, read: Callable[[Fetched], PriceFile]) -> PriceFile:
    """Fetch and read a file of prices: where it is large as CSV, if there is one.

    Raises: NotThere when an origin has neither.
    """
    references = [reference]
    if big and reference.endswith(".json"):
        references.insert(0, f"{reference.removesuffix('.json')}.csv")
    reader = f"{READER} {words}"
    for one in references:
        url = origin.address(one)
        try:
            fetched = origin.fetch(url, MOST_OFFER, reader)
        except NotThere:
            continue
        return read_once(origin, fetched, reader, read)
    raise NotThere(reference)
