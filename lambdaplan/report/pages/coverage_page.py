"""The page docs/price_coverage.md: regions with whole bills, missing prices, and the age of each service's prices."""

from __future__ import annotations

from collections.abc import Sequence

from lambdaplan.analysis.books.price_coverage import PriceCoverage
from lambdaplan.report.html_page import markdown_table

_HEAD = """# What the price book covers

`lambdaplan prices coverage --markdown` prints this page. Price book {book}, gathered {as_of}; scenario \
"{scenario}": {options}.

Every line of every bill has a price in {whole} of {regions} regions: {names}.
"""


def coverage_page(coverage: PriceCoverage) -> str:
    """Write the coverage of a book as a page in Markdown."""
    head = _HEAD.format(
        book=coverage.book.id,
        as_of=coverage.book.as_of,
        scenario=coverage.scenario.name,
        options=", ".join(option.label or option.size_label for option in coverage.scenario.options),
        whole=len(coverage.whole),
        regions=len(coverage.regions),
        names=", ".join(coverage.whole) or "none",
    )
    parts = [head]
    if coverage.holes:
        rows = [
            (f"{price.service} {price.item}", str(len(regions)), ", ".join(regions), ", ".join(price.options))
            for price, regions in coverage.holes
        ]
        words = ("missing price", "regions", "where", "on the bill of")
        parts.append("## Missing prices\n\nGive your own in `prices`.\n\n" + _table(words, rows))
    regions = [
        (
            one.region,
            "; ".join([*(f"{price.service} {price.item}" for price in one.missing), *one.not_billed]) or "whole",
        )
        for one in coverage.regions
    ]
    parts.append("## Region by region\n\n" + _table(("region", "missing"), regions))
    services = [
        (
            one.service,
            f"{one.prices:,}",
            f"{one.items:,}",
            str(one.regions),
            one.oldest,
            one.middle,
            one.newest,
            f"{one.derived:,}",
            f"{one.weak:,}",
        )
        for one in coverage.services
    ]
    columns = ("service", "prices", "items", "regions", "oldest", "median date", "newest", "derived", "weak")
    says = (
        "Dates are those on which a price was published or read. Derived prices are computed from other published "
        "figures, weak ones are old, undated, moving or second-hand. `any` counts as a region."
    )
    parts.append(f"## How old each service's prices are\n\n{says}\n\n" + _table(columns, services))
    return "\n".join(parts)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return markdown_table(columns, rows).rstrip("\n") + "\n"
