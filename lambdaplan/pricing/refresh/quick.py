"""The quick refresh: from the maps of AWS's calculator, some hundred kB a region, laid over the last full book.

What maps tell takes the place of the former row; each price that differs is named. What they do not tell, among it
whole services, stays as the full book has it.
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence

from lambdaplan.errors import InputError, Problem, RefreshError, shorten
from lambdaplan.pricing.refresh.calculator_maps import (
    MAPS,
    MOST_MAP,
    PriceMap,
    items_file,
    places_of,
    read_map,
    region_file,
)
from lambdaplan.pricing.refresh.calculator_rows import BY_REGION, NOT_TOLD, REGIONS_TOGETHER, SERVICES, TERMS, RegionMap
from lambdaplan.pricing.refresh.download import NotThere, Origin
from lambdaplan.pricing.refresh.new_book import Draft, Listed
from lambdaplan.pricing.refresh.price_list import PriceFile
from lambdaplan.pricing.refresh.working import at_once, check_day, day_of, read_spot_feed


def check_services(given: Sequence[str], wanted: frozenset[str]) -> None:
    """Refuse services of which no map tells a price.

    Raises: InputError when none that was asked for is left.
    """
    if not wanted & SERVICES:
        words = f"services of which AWS's calculator has a map that is read: {', '.join(sorted(SERVICES))}"
        raise InputError(
            Problem("choice", "--service", f'"{shorten(", ".join(given))}"', words, "Leave --quick out for the others.")
        )


def read_maps(
    regions: Sequence[str],
    today: dt.date,
    origin: Origin,
    draft: Draft,
    wanted: frozenset[str],
    tell: Callable[[str], object],
) -> tuple[list[str], list[str]]:
    """Fetch and read maps into the draft, region by region; the regions, and notes about what stays as it was.

    Raises: RefreshError when a map can't be fetched or is none, or when there is none at all.
    """
    kept = f"kept from {draft.base.id}"
    untold = sorted(wanted - SERVICES)
    why = {one: NOT_TOLD.get(one, "no map tells their prices") for one in untold}
    notes = [
        f"{', '.join(one for one in untold if why[one] == words)}: {kept}: {words}"
        for words in dict.fromkeys(why.values())
    ]
    spot = read_spot_feed(origin, today) if "ec2" in wanted else ""
    notes += [spot] if isinstance(spot, str) and spot else []
    together = [path for path, told in REGIONS_TOGETHER.items() if wanted & {one.service for one in told}]
    tell("reading maps of all regions")
    maps: dict[str, PriceMap] = {}
    for path, read in at_once([lambda path=path: (path, _map(origin, [path], today)) for path in together]):  # type: ignore[misc]
        if read is None:
            services = {one.service for one in REGIONS_TOGETHER[path]} & wanted
            notes.append(f"{', '.join(sorted(services))}: {kept}: there is no map {path}")
        else:
            maps[path] = read
    laid: list[str] = []
    absent: dict[RegionMap, list[str]] = {}
    for done, region in enumerate(regions):
        tell(f"{done + 1} of {len(regions)} regions")
        listed = Listed()
        told: set[str] = set()
        former = draft.former(region).items()
        edges = {key[:2]: tuple(row[3] for row in rows) for key, rows in former if key[2] == region}
        for path, read in sorted(maps.items()):
            services = {one.service for one in REGIONS_TOGETHER[path]} & wanted
            if not read.rows_of(region):
                notes.append(f"{', '.join(sorted(services))} {region}: {kept}: {read.name} does not have it")
                continue
            _add(listed, items_file(read, region, REGIONS_TOGETHER[path], edges), wanted, today)
            told |= services
        for one in _of_region(origin, region, listed, wanted, today):
            absent.setdefault(one, []).append(region)
        told |= {"ec2"} & wanted
        if listed.read and isinstance(spot, PriceFile):
            listed.add(spot.of_region(region), wanted)
        if listed.read:
            draft.lay(listed, frozenset(told), region)
            laid.append(region)
    if not laid:
        raise RefreshError("network", origin.address(MAPS), "there are no maps", "AWS's calculator has them there")
    return laid, notes + [f"{words}: {kept}: there is no map of it" for words in _absent_words(absent, len(regions))]


def _absent_words(absent: Mapping[RegionMap, Sequence[str]], regions: int) -> list[str]:
    """The maps of single regions that are not there: those that the same regions lack in one line."""
    together: dict[tuple[str, str], set[str]] = {}
    for one, lacking in absent.items():
        where = "in every region" if len(lacking) == regions > 1 else ", ".join(lacking)
        together.setdefault((one.service, where), set()).add(one.terms)
    return [f"{service} {', '.join(_shortened(terms))} {where}" for (service, where), terms in together.items()]


def _shortened(terms: Iterable[str]) -> list[str]:
    """Ways of buying, all six terms of a plan in one word."""
    plans: dict[str, list[str]] = {}
    for one in sorted(terms):
        plans.setdefault(one.partition("plan_")[0] + "plan_*" if "plan_" in one else one, []).append(one)
    return [word for plan, each in plans.items() for word in ([plan] if len(each) == len(TERMS) else each)]


def _add(listed: Listed, file: PriceFile, wanted: frozenset[str], today: dt.date) -> None:
    check_day(file, today)
    listed.add(file, wanted)


def _of_region(origin: Origin, region: str, listed: Listed, wanted: frozenset[str], today: dt.date) -> list[RegionMap]:
    """Take the maps of a region alone; those that are not there."""

    def job_of(one: RegionMap) -> tuple[RegionMap, PriceFile | None]:
        read = _map(origin, [one.path.replace("{place}", place) for place in places_of(region)], today)
        return one, None if read is None else region_file(read, region, one)

    absent, asked = [], [one for one in BY_REGION if one.service in wanted]
    for one, file in at_once([lambda one=one: job_of(one) for one in asked]):  # type: ignore[misc]
        if file is None:
            absent.append(one)
        else:
            _add(listed, file, wanted, today)
    return [one for one in asked if one in absent]


def _map(origin: Origin, paths: Sequence[str], today: dt.date) -> PriceMap | None:
    """Fetch and read a map, by the first of its paths that is there; None where none is."""
    for path in paths:
        reference = f"{MAPS}/{path}"
        quoted = reference if origin.is_folder else urllib.parse.quote(reference, safe="/().")
        url = origin.address(quoted)
        try:
            fetched = origin.fetch(url, MOST_MAP)
        except NotThere:
            continue
        try:
            name = f"the map {path.removesuffix('.json')}"
            return read_map(fetched.path, fetched.url, name, day_of(fetched, today))
        except RefreshError:
            origin.wrong(fetched)
            raise
    return None
