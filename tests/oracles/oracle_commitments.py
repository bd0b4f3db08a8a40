"""Commitments by walking 168 hours, one after another, in fractions. Shares no code with the package.

AWS, "How Savings Plans apply to your AWS usage": in each hour the largest saving first, of equal ones the lowest rate
first; EC2 Instance plans before Compute plans; what an hour leaves of a commitment is paid and gone.
"""

from fractions import Fraction


def walk(uses, commitments, hours_per_month):
    """What a month costs, and what of each commitment is unused.

    `uses`: {name: (168 quantities of an hour, on-demand price)}; `commitments`: list of (dollars an hour, {name: rate}),
    in the order in which they pay.
    """
    on_demand, unused = Fraction(0), [Fraction(0)] * len(commitments)
    for hour in range(168):
        rest = {name: quantities[hour] for name, (quantities, _) in uses.items()}
        for place, (usd, rates) in enumerate(commitments):
            left = usd
            names = sorted(rates, key=lambda name: (rates[name] / uses[name][1], rates[name]))
            for name in names:
                if rest[name] * rates[name] <= left:
                    left -= rest[name] * rates[name]
                    rest[name] = Fraction(0)
                else:
                    rest[name] -= left / rates[name]
                    left = Fraction(0)
            unused[place] += left
        on_demand += sum(rest[name] * uses[name][1] for name in rest)
    weeks = Fraction(hours_per_month) / 168
    paid = sum((usd for usd, _ in commitments), Fraction(0)) * Fraction(hours_per_month)
    return paid + on_demand * weeks, [usd * weeks for usd in unused]
