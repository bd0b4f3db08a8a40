"""How much of what can be saved is in how few services, and where in the organisation it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.formatting import share_text
from lambdaplan.portfolio.organisation import MICRO, Organisation, usd_text

POINTS = 200  # of a curve
MOST = 0.8  # share of the saving that is told in a sentence


@dataclass(frozen=True)
class Concentration:
    """The saving of services, ranked, added up.

    Parameters:
    services, moved : int - how many there are, and how many move.
    saved : array - what the first 1, 2, … services of the ranking save together, as a share of what is saved by all
        that save anything.
    dearer : int - services whose share of the bills rises by a cent or more: their first option breaks a limit, or
        what others leave behind is billed in a dearer tier.
    dearer_micro : int - by how much, together. [millionths of USD a month]
    """

    services: int
    moved: int
    saved: np.ndarray
    dearer: int
    dearer_micro: int

    def services_for(self, share: float = MOST) -> int | None:
        """With how few services a share of the saving is reached; None where nothing is saved."""
        return int(np.argmax(self.saved >= share)) + 1 if len(self.saved) else None

    def document(self) -> dict[str, Any]:
        """The concentration as ``portfolio.json`` has it: with how few services each share of the saving is reached."""
        shares = (0.5, 0.8, 0.9, 0.99)
        return {
            "services": self.services,
            "moved": self.moved,
            "reached": {str(share): self.services_for(share) for share in shares},
            "dearer": self.dearer,
            "dearer_by_usd": usd_text(self.dearer_micro),
        }

    @property
    def curve(self) -> list[tuple[int, float]]:
        """Numbers of services with their share of the saving: all where they are few, else evenly on a log axis."""
        if not len(self.saved):
            return []
        places = np.unique(np.rint(np.geomspace(1, len(self.saved), POINTS)).astype(np.int64))
        return [(int(place), float(self.saved[place - 1])) for place in places]


def concentration(result: Organisation) -> Concentration:
    """Add up the saving of an organisation's services, the largest first."""
    ranking = result.ranking
    saving = result.saving_micro[ranking]
    gains, losses = np.maximum(saving, 0), saving[saving <= -MICRO // 100]
    total = int(gains.sum())
    saved = np.cumsum(gains) / total if total else np.zeros(0)
    moved = int((result.use.choice[ranking] > 0).sum())
    return Concentration(len(ranking), moved, saved, len(losses), -int(losses.sum()))


def concentration_words(found: Concentration) -> str:
    """In how few services most of the saving is."""
    few = found.services_for() or 0
    part = f" ({share_text(few / found.services)})" if found.services > 1 else ""
    return f"{share_text(MOST)} of the saving is in {few:,} of {found.services:,} services{part}"


@dataclass(frozen=True)
class Area:
    """A service, or several of a group taken together, by what it costs today.

    Parameters:
    group : str - the account, team or region that it belongs to.
    name : str - of the service; empty where there are several.
    services : int
    baseline_micro, saving_micro : int - its share of the bill, and what that falls by. [millionths of USD a month]
    """

    group: str
    name: str
    services: int
    baseline_micro: int
    saving_micro: int


def areas(result: Organisation, name: str | None, most: int = 120) -> list[Area]:
    """The services by group and by what they cost today: the dearest each by itself, the rest of a group together.

    Parameters:
    name : str or None - the column that groups services; None for one group.
    most : int - services that stand by themselves.
    """
    rows = result.rows
    rows = rows[np.argsort(-result.baseline_micro[rows], kind="stable")]
    single = rows[:most][result.baseline_micro[rows[:most]] > 0]
    alone: dict[str, list[Area]] = {}
    for row in single.tolist():
        group = result.value(name, row) if name else ""
        one = Area(group, result.table.name(row), 1, int(result.baseline_micro[row]), int(result.saving_micro[row]))
        alone.setdefault(group, []).append(one)
    sums = {one.value: one for one in result.groups(name)} if name else {}
    if not name:
        before, saving = int(result.baseline_micro[rows].sum()), int(result.saving_micro[rows].sum())
        whole = {"": (len(rows), before, saving)}
    else:
        whole = {
            value: (one.services, int(one.baseline_usd.scaleb(6)), int(one.saving_usd.scaleb(6)))
            for value, one in sums.items()
        }
    found = []
    for group, (services, before, saving) in whole.items():
        own = alone.get(group, [])
        rest = Area(
            group,
            "",
            services - len(own),
            before - sum(one.baseline_micro for one in own),
            saving - sum(one.saving_micro for one in own),
        )
        found += [*own, *([rest] if rest.services and rest.baseline_micro > 0 else [])]
    return found
