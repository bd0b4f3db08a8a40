"""The page docs/claims.md: published claims with their verdicts and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambdaplan.analysis.claims import VERDICT_WORDS, VERDICTS, Court, Judged, value_words
from lambdaplan.report.html_page import markdown_table

_HEAD = """# Published claims, judged

{total} published claims and rules of thumb about Lambda, Fargate and EC2, most of them from one guide: {counted}. \
This page is what `lambdaplan claims --markdown` prints.

Prices, bills and break-evens are worked out with the price book {book}, gathered {as_of}; limits and rules are held \
against sourced tables (`data/limits.csv`, `data/claims/facts.csv`). How each claim is judged, part by part, stands in \
`data/claims/judging.yaml`. "True if" means that it is true of some of what it says, or under some assumptions: they \
are listed. A break-even counts as true when one within 5 % comes out. What the package can't decide it leaves open, \
and says why. Statements are shortened; the sources have the rest.
"""


def claims_page(court: Court) -> str:
    """Write claims as a page in Markdown: the verdicts first, then each claim with its figures."""
    counts = [sum(one.verdict == verdict for one in court.judged) for verdict in VERDICTS]
    counted = ", ".join(f"{n} {VERDICT_WORDS[verdict]}" for verdict, n in zip(VERDICTS, counts, strict=True))
    parts = [_HEAD.format(total=len(court.judged), counted=counted, book=court.book.id, as_of=court.book.as_of)]
    parts.append(_table(("claim", "says", "verdict", "in short"), [_row(one) for one in court.judged]))
    parts += [_section(one) for one in court.judged]
    return "\n".join(parts) + "\n"


def _row(one: Judged) -> tuple[str, ...]:
    link = f"[{one.claim.id}](#{one.claim.id})"
    return link, one.claim.statement, VERDICT_WORDS[one.verdict], one.in_short


def _section(one: Judged) -> str:
    claim, finding = one.claim, one.finding
    source = ", ".join(part for part in (claim.source, claim.published, claim.address) if part)
    parts = [f"\n## {claim.id}\n", f"{claim.statement}.\n"]
    conditions = f" Conditions: {claim.conditions}." if claim.conditions else ""
    parts.append(f"{source} (read {claim.read}).{conditions}\n")
    verdict = VERDICT_WORDS[one.verdict].capitalize()
    several = " one of these holds" if len(finding.assumptions) > 1 else ""
    parts.append(f"**{verdict}**{several}:\n" if finding.assumptions else f"**{verdict}**.\n")
    if finding.assumptions:
        parts += [*(f"- {words}" for words in finding.assumptions), ""]
    if finding.granted:
        parts.append(f"Taken for granted: {'; '.join(finding.granted)}.\n")
    answers = {True: "yes", False: "no", None: ""}
    rows = [
        (figure.what, figure.words, figure.claimed, answers[figure.holds], figure.source) for figure in finding.figures
    ]
    parts.append(_table(("figure", "is", "claimed", "as claimed", "source"), rows))
    if finding.workload:
        parts += ["\nBilled:\n", *(f"- {_workload_words(document)}" for document in finding.workload)]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return markdown_table(head, ([cell.replace("|", "\\|") for cell in row] for row in rows))


def _workload_words(document: Mapping[str, Any]) -> str:
    """A usage document, or what counts of a scenario, as names and values."""
    if "usage" in document:
        rows = [_pairs(row) for row in document["usage"]]
        tier = "with the free tier" if document["free_tier"] else "without the free tier"
        return f"usage in {document['region']}, {tier}: " + " + ".join(rows)
    options = ", ".join(option["label"] for option in document["options"])
    grid = f"; in every case of {_pairs(document['grid'])}" if "grid" in document else ""
    counted = ", ".join(document["include"])
    return f"{document['name']}: {_pairs(document['workload'])}; {options}; counted: {counted}{grid}"


def _pairs(values: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in values.items():
        if value in (None, [], ()):
            continue
        if isinstance(value, Mapping):
            pairs.append(f"{name} ({_pairs(value)})")
        elif isinstance(value, (list, tuple)):
            pairs.append(f"{name} {', '.join(value_words(one) for one in value)}")
        else:
            pairs.append(f"{name} {value_words(value)}")
    return ", ".join(pairs)
