"""What holds for crossovers and zones. `docs/properties.md` lists the rules."""

from __future__ import annotations

import copy
import itertools
import random
from fractions import Fraction

from lambdaplan import Comparison
from properties import Document, ask_only_if, changes_of, compared, holds_for, swept
from strategies import for_all


def range_of(document: Document, low: int, high: int) -> Document:
    return document | {"sweep": document["sweep"] | {"from": low, "to": high}}


def cheapest(made: Comparison) -> set[str | None]:
    """The labels of all that cost the least: at a tie there are several."""
    return {made.winner, *made.ties}


def alike(made: Comparison, place: int) -> bool:
    """Whether two options cost the same there, so that either may be named."""
    return bool(made.there(place).ties)


@holds_for(swept, few=4)
def test_a_crossover_holds_on_both_sides(document: Document, rng: random.Random) -> None:
    """One step before a crossover its lower winner is the cheapest, at it the upper one."""
    made = compared(document)
    ask_only_if(made.crossovers)
    change = rng.choice(made.crossovers)
    before, after = made.there(int(change.at) - 1), made.there(int(change.at))
    assert change.below in cheapest(before)
    assert change.above == after.winner
    assert change.below not in cheapest(after)  # a tie does not end a run
    assert change.below != change.above


@holds_for(swept, few=4)
def test_between_crossovers_nothing_changes(document: Document, rng: random.Random) -> None:
    """Anywhere in a zone its winner is the cheapest."""
    made = compared(document)
    ends = [made.axis.low, *(int(at) for at, *_ in changes_of(made)), made.axis.high + 1]
    labels = [made.at_start, *(above for _, _, above in changes_of(made))]
    n = rng.randrange(len(labels))
    ask_only_if(ends[n] < ends[n + 1])
    assert labels[n] in cheapest(made.there(rng.randrange(ends[n], ends[n + 1])))


@holds_for(swept, few=4)
def test_crossovers_follow_one_another(document: Document, rng: random.Random) -> None:
    """Crossovers rise, and each begins with the winner that the one before ended with."""
    made = compared(document)
    changes = changes_of(made)
    assert [at for at, *_ in changes] == sorted({at for at, *_ in changes})
    winner = made.at_start
    for at, below, above in changes:
        assert made.axis.low < at <= made.axis.high
        assert below == winner
        winner = above


@holds_for(swept, few=4)
def test_zones_gather_crossovers_that_are_there(document: Document, rng: random.Random) -> None:
    """A zone of many changes holds crossovers of the list, as many as it says, and no crossover is in two zones."""
    made = compared(document)
    places = [at for at, *_ in changes_of(made)]
    ends = [(Fraction(str(zone["from"])), Fraction(str(zone["to"])), zone["changes"]) for zone in made.zones]
    assert all(sum(low <= at <= high for at in places) == count for low, high, count in ends)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))


@holds_for(swept, few=4)
def test_an_axis_cut_in_two_has_the_same_crossovers(document: Document, rng: random.Random) -> None:
    """The crossovers of a range are those of its two halves."""
    made = compared(document)
    low, high = made.axis.low, made.axis.high
    ask_only_if(high - low > 2)
    middle = rng.randint(low + 1, high - 1)
    parts = [compared(range_of(document, *ends)) for ends in ((low, middle), (middle, high))]
    assert changes_of(made) == [change for part in parts for change in changes_of(part)]


@holds_for(swept, few=4)
def test_the_scale_and_points_are_for_the_eye(document: Document, rng: random.Random) -> None:
    """Crossovers do not depend on the chart's scale or its number of points."""
    made = compared(document)
    low = max(made.axis.low, 1)
    ask_only_if(low < made.axis.high)
    ranges = [{"scale": "linear", "points": 2}, {"scale": "log", "points": 777}]
    one, other = (compared(document | {"sweep": document["sweep"] | {"from": low} | more}) for more in ranges)
    assert changes_of(one) == changes_of(other)


@holds_for(swept, few=4)
def test_two_options_cross_where_they_cross_seen_from_the_other(document: Document, rng: random.Random) -> None:
    """With two options in the other order their crossovers are the same, but where they tie."""
    document = for_all(document) | {"options": document["options"][:2]}
    ask_only_if(len(document["options"]) == 2)
    one = compared(document)
    other = compared(document | {"options": document["options"][::-1]})
    both = {at for made in (one, other) for at, *_ in changes_of(made)}
    for at in both - ({a for a, *_ in changes_of(one)} & {a for a, *_ in changes_of(other)}):
        assert alike(one, int(at)) or alike(one, int(at) - 1)


@holds_for(swept, few=4)
def test_an_option_that_never_wins_can_go(document: Document, rng: random.Random) -> None:
    """Without an option that wins nowhere, with a whole bill, the crossovers are the same."""
    document = for_all(document)
    made = compared(document)
    winners = {made.at_start, *(above for *_, above in changes_of(made))}
    losers = [n for n, r in enumerate(made.options) if r.label not in winners and not r.bill.unknown]
    ask_only_if(losers and len(made.options) > 2 and None not in winners)
    gone = rng.choice(losers)
    kept = [
        {"label": r.label} | o
        for n, (o, r) in enumerate(zip(document["options"], made.options, strict=True))
        if n != gone
    ]
    assert changes_of(compared(document | {"options": kept})) == changes_of(made)


@holds_for(swept, few=4)
def test_a_discount_on_everything_moves_no_crossover(document: Document, rng: random.Random) -> None:
    """Crossovers are the same at any price level: a discount on everything moves none of them."""
    document = copy.deepcopy(document)
    for name in ("prices", "other_costs", "operations"):
        document.pop(name, None)
    document["include"] = [word for word in document["include"] if word != "operations"] or ["compute"]
    document["options"] = [{n: v for n, v in o.items() if n != "operations_hours"} for o in document["options"]]
    share = rng.choice((0.1, 0.25, 0.5))
    one = compared(document)
    other = compared(document | {"rates": {"version": 1, "discounts": [{"fraction": share}]}})
    assert changes_of(one) == changes_of(other)


@holds_for(swept, few=4)
def test_a_pair_crosses_as_if_it_were_alone(document: Document, rng: random.Random) -> None:
    """The crossovers of a pair within a scenario are those of the two by themselves."""
    document = for_all(document)
    made = compared(document)
    ask_only_if(len(made.options) > 1)
    number = rng.randrange(1, len(made.options))
    labelled = [{"label": r.label} | o for o, r in zip(document["options"], made.options, strict=True)]
    alone = compared(document | {"options": [labelled[0], labelled[number]]})
    pair = made.pairs[number - 1]
    of_pair = [(Fraction(str(c["at"])), c["below"], c["above"]) for c in pair["crossovers"]]
    assert of_pair == changes_of(alone)
