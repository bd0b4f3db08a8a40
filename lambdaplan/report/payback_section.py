"""A report's section on moving, growth and people's hours."""

from __future__ import annotations

from lambdaplan.analysis.payback import moving_of, sentences
from lambdaplan.charts.payback import savings_chart, savings_rows
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.formatting import decimal_text, money
from lambdaplan.report.blocks import Part, bullets, figure, heading, joined, paragraph, tabled
from lambdaplan.scenario.scenario import Scenario

WORDS = (
    "What moving takes is paid once. It is on no monthly bill and decides no winner; here it is set against what is "
    "saved. While both run, both are paid. Each month is billed at its own traffic, exactly."
)


def moving_part(comparison: Comparison) -> Part:
    """When moving pays back, what growth comes to, and what people cost beside the rest."""
    found = moving_of(comparison)
    parts = [heading("What moving and running cost"), bullets([f"{words}." for words in sentences(found)])]
    if any(one.saved_usd for one in found.paybacks):
        parts += [
            paragraph(WORDS),
            figure(savings_chart(found), "savings"),
            tabled(savings_rows(found), "Saved in all, what moving takes once taken off, USD"),
        ]
    given = _given(comparison.scenario)
    return joined(*parts, tabled(given, "What was given for this, the reader's own")) if given else joined(*parts)


def _given(scenario: Scenario) -> list[dict[str, str]]:
    """What the scenario says of moving, growth and wages."""
    rows = []
    if scenario.operations is not None:
        rows.append({"field": "operations", "value": f"{money(scenario.operations.wage_usd_per_hour)} an hour"})
    if scenario.growth is not None:
        rows.append({"field": "growth", "value": f"{decimal_text(scenario.growth.percent_per_month)} % a month"})
    for place, option in enumerate(scenario.options):
        if (migration := option.migration) is not None:
            words = f"{decimal_text(migration.hours)} hours, {money(migration.usd)}"
            dual = f"{migration.dual_running_months} months in which both run"
            rows.append({"field": f"options.{place}.migration ({option.label})", "value": f"{words}, {dual}"})
    return rows
