"""`prices coverage`: regions with whole bills, missing prices, and how old prices are."""

from __future__ import annotations

import argparse

from lambdaplan.cli.arguments import Commands, book_argument, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import at_work, print_json, read_scenario_argument, show, table


def add_coverage(actions: Commands) -> None:
    """Add `prices coverage`."""
    does = "which regions have a whole bill, which prices are missing, how old they are"
    action = new_command(actions, "coverage", does, _run_coverage)
    scenario_argument(action, optional=True)
    book_argument(action)
    json_argument(action, "regions, missing prices and services")
    action.add_argument("--markdown", action="store_true", help="print the page docs/price_coverage.md")


def _run_coverage(parsed: argparse.Namespace) -> int:
    from lambdaplan.analysis.books.price_coverage import price_coverage

    scenario = read_scenario_argument(parsed)
    if parsed.book:
        scenario = scenario.with_values({"book": parsed.book})
    with at_work("billing in every region"):
        coverage = price_coverage(scenario)
    if parsed.json:
        print_json(coverage.document())
        return 0
    if parsed.markdown:
        from lambdaplan.report.pages.coverage_page import coverage_page

        print(coverage_page(coverage), end="")
        return 0
    show(f"{scenario.name}: whole bills in {len(coverage.whole)} of {len(coverage.regions)} regions")
    rows = [("region", "missing prices")]
    for one in coverage.regions:
        words = [*(f"{price.service} {price.item}" for price in one.missing), *one.not_billed]
        rows.append((one.region, "; ".join(words) or "none"))
    print(table(rows, named=True), end="\n\n")
    columns = ("service", "prices", "regions", "oldest", "median date", "newest", "derived", "weak")
    ages = [
        (s.service, f"{s.prices:,}", str(s.regions), s.oldest, s.middle, s.newest, f"{s.derived:,}", f"{s.weak:,}")
        for s in coverage.services
    ]
    print(table([columns, *ages], (1, 2, 6, 7), named=True))
    show(f"\nPrice book {coverage.book.id}, gathered {coverage.book.as_of}. Your own prices: field prices.")
    return 0
