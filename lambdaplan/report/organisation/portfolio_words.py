"""Words and rows of an organisation's services, for a terminal and a page."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import decimal_text, figure, money, share_text
from lambdaplan.portfolio.concentration import concentration, concentration_words
from lambdaplan.portfolio.move_first import MoveFirst, saving_per_hour
from lambdaplan.portfolio.one_fleet import OneFleets
from lambdaplan.portfolio.organisation import MICRO, Organisation

AMOUNTS = ("baseline_usd", "chosen_usd", "saving_usd")
MOST_ROWS = 20  # of a ranking, on a terminal


@in_its_currency
def answer(result: Organisation) -> str:
    """The portfolio in a sentence."""
    before, after = result.baseline_usd, result.chosen_usd
    least = "" if result.is_whole else "at least "
    count, moved = len(result.rows), int((result.use.choice[result.rows] > 0).sum())
    gap = before - after
    part = f" ({share_text(Fraction(gap) / Fraction(before))})" if before else ""
    saved = f"{money(gap)}{part} less" if gap > 0 else "nothing less" if not gap else f"{money(-gap)} more"
    return (
        f"{count:,} {'service costs' if count == 1 else 'services cost'} {least}{money(before)} a month "
        f"{'on its first option' if count == 1 else 'on their first options'}, and {money(after)} with "
        f"{moved:,} of them moved: {saved}"
    )


@in_its_currency
def where_it_is(result: Organisation) -> str:
    """In how few services most of the saving is, and which cost more; empty where nothing is saved."""
    found = concentration(result)
    words = "" if found.services < 2 or found.services_for() is None else concentration_words(found)
    if not found.dearer:
        return words
    whose = "The share of 1 service rises" if found.dearer == 1 else f"The shares of {found.dearer:,} services rise"
    rise = (
        f"{whose} by {money(Fraction(found.dearer_micro, MICRO))}, as a first option breaks a limit or a tier is lost"
    )
    return f"{words}. {rise}" if words else rise


@in_its_currency
def first_words(first: MoveFirst) -> list[str]:
    """What to move within the hours there are, a sentence each, without full stops."""
    many = len(first.rows)
    hours = f"{decimal_text(first.hours)} hours"
    if not many:
        left = f"; of {first.unknown:,} worth moving nobody says how many hours that takes" if first.unknown else ""
        return [f"Within {hours} no service that is worth moving can be moved{left}"]
    whole = first.result.baseline_usd - first.result.chosen_usd
    part = share_text(Fraction(first.saving_usd) / Fraction(whole)) if whole > 0 else ""
    best = (
        "no choice saves more"
        if first.is_best
        else f"no choice can save more than {money(Fraction(first.most_micro - first.share_micro, MICRO))} beyond it"
    )
    moved = f"{many:,} service{'' if many == 1 else 's'}"
    words = [
        (
            f"Within {hours}: move {moved} in {decimal_text(first.used_hours)} hours, and the bills fall by "
            f"{money(first.saving_usd)} a month{f', {part} of what moving all saves' if part else ''}; {best}"
        )
    ]
    people = first.people_usd
    if people is not None:
        when = first.payback_months
        paid = "" if when is None else f", paid back by the end of month {when}"
        words.append(f"Those hours cost {money(people)} once{paid}")
    if first.unknown:
        words.append(
            f"{first.unknown:,} more are worth moving, but nobody says how many hours that takes, so they are left out"
        )
    return words


@in_its_currency
def first_rows(first: MoveFirst, hours: np.ndarray, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """The services to move within the hours, as columns of text; the first row is the header."""
    rows: list[tuple[str, ...]] = [("move first", "to", "hours", "saving", "saving an hour")]
    for row in first.rows[:most].tolist():
        one = first.result.service(row)
        each = saving_per_hour(first.result, hours, row)
        saving = money(Fraction(one["saving_usd"]))
        rows.append(
            (
                one["name"],
                one["chosen"],
                figure(float(hours[row])),
                saving,
                "" if each is None else money(Fraction(each)),
            )
        )
    return rows


@in_its_currency
def fleet_words(packed: OneFleets) -> str:
    """What services on one fleet of each account and region save, in sentences, without the last full stop."""
    count = sum(len(one.rows) for one in packed.fleets)
    most = Fraction(packed.most_usd)
    if not count:
        rest = f"; no set of them can save more than {money(most)} a month" if packed.packable else ""
        return f"No service is found to be worth having on a fleet of {packed.label} with others{rest}"
    mean, least, alone = (
        sum(getattr(one, name) for one in packed.fleets) for name in ("mean", "least_mean", "alone_mean")
    )
    many = len(packed.fleets)
    fleets = f"one fleet of {packed.label}" if many == 1 else f"{many:,} fleets of {packed.label}"
    return (
        f"Together on {fleets}, one for an account and region, {count:,} services save "
        f"{money(Fraction(packed.saving_usd))} a month more than each on its own; no choice of services can save more "
        f"than {money(most)}. They take {figure(mean, 1)} instances on average, any packing of them at least "
        f"{figure(least, 1)}, and each with a fleet of its own {figure(alone, 1)}"
    )


@in_its_currency
def fleet_rows(packed: OneFleets, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """Fleets as columns of text; the first row is the header."""
    header = ("account", "region", "services", "instances", "at the peak", "if each alone", "saving")
    rows: list[tuple[str, ...]] = [header]
    for one in packed.fleets[:most]:
        sizes = (figure(one.mean, 1), f"{one.peak:,}", figure(one.alone_mean, 1))
        rows.append((one.account or "all", one.region, f"{len(one.rows):,}", *sizes, money(Fraction(one.saving_usd))))
    return rows


@in_its_currency
def notes(result: Organisation) -> list[str]:
    """What a reader must know of the figures."""
    words = []
    if any(not one.certain for one in result.payers):
        words.append("Amounts of so many services may be a cent off: they are added up in floats")
    broken = [one for one in result.quotas if one.broken]
    for one in broken[:5]:
        where = f"{one.account} in {one.region}" if one.account else one.region
        words.append(
            f"{where}: at most {one.chosen:,.0f} {one.unit} together, if all are busiest at once, and "
            f"{one.allowed:,.0f} are allowed ({one.limit})"
        )
    if len(broken) > 5:
        words.append(f"{len(broken) - 5:,} more quotas may not do, all in portfolio.json")
    return words


@in_its_currency
def ranking_rows(result: Organisation, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """The services that save most, as columns of text; the first row is the header."""
    rows: list[tuple[str, ...]] = [("service", "first option", "its share", "chosen", "share then", "saving")]
    for one in result.services(result.ranking[:most]):
        chosen = one["chosen"] if one["chosen"] != one["baseline"] else "the first"
        usd = [money(Fraction(one[name])) for name in AMOUNTS]
        rows.append((one["name"], one["baseline"], usd[0], chosen, usd[1], usd[2]))
    return rows


@in_its_currency
def group_rows(result: Organisation, name: str, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """Groups of services as columns of text; the first row is the header."""
    rows: list[tuple[str, ...]] = [(name, "services", "moved", "now", "then", "saving")]
    for one in result.groups(name)[:most]:
        usd = [money(Fraction(amount)) for amount in (one.baseline_usd, one.chosen_usd, one.saving_usd)]
        rows.append((one.value or "none", f"{one.services:,}", f"{one.moved:,}", *usd))
    return rows
