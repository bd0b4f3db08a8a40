"""CPU credits hour by hour, instance by instance: a slow walk in plain Python, from AWS's words and rule M5.

It shares no code with the package. Every instance has two numbers, as CloudWatch has them: a balance of credits and a
surplus. A week is walked over and over, from a Monday on which every instance is new, until it begins as one before it.

References: Amazon EC2 User Guide, "Unlimited mode concepts", "Standard mode concepts", and the metrics CPUCreditBalance,
CPUSurplusCreditBalance and CPUSurplusCreditsCharged, Amazon Web Services.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

WEEK_HOURS = 168


class Instance:
    """One instance. All amounts are in vCPU-hours; what it earns in 24 hours is the most it keeps, or may owe."""

    def __init__(self, earned):
        self.earned, self.most = earned, 24 * earned
        self.balance = self.surplus = 0

    def hour(self, used):
        """Earn and spend for an hour. Returns what is charged at its end."""
        left = self.earned - used
        if left >= 0:
            paid = min(left, self.surplus)
            self.surplus -= paid
            self.balance = min(self.balance + left - paid, self.most)
            return 0
        spent = min(-left, self.balance)
        self.balance -= spent
        self.surplus += -left - spent
        charged = max(self.surplus - self.most, 0)
        self.surplus -= charged
        return charged


def resize(running, units, earned):
    """Take the newest away, or start new ones without credits. Returns what those that end still owe."""
    owed = sum(one.surplus for one in running[units:])
    del running[units:]
    running += [Instance(earned) for _ in range(units - len(running))]
    return owed


def charged_week(used, units, earned, most_weeks=2000):
    """vCPU-hours charged in a week that is repeated for good, instance by instance; None where that takes too long.

    `used` and `units` are the vCPU-hours that the fleet uses in each hour, and its instances.
    """
    shares, earned, scale = in_whole_parts(used, units, earned)
    running, before = [], None
    for _ in range(most_weeks):
        charged = 0
        for share, many in zip(shares, units, strict=True):
            charged += resize(running, many, earned)
            charged += sum(one.hour(share) for one in running)
        # What Monday takes away is charged then: a week that begins as the one before did is charged the same.
        now = [(one.balance, one.surplus) for one in running]
        if now == before:
            return Fraction(charged, scale)
        before = now
    return None


def in_whole_parts(used, units, earned):
    """What one instance uses in each hour, and what it earns, as whole numbers of parts, and how many are a vCPU-hour."""
    shares = [Fraction(use) / (many or 1) for use, many in zip(used, units, strict=True)]
    scale = lcm(Fraction(earned).denominator, *{share.denominator for share in shares})
    return [int(share * scale) for share in shares], int(earned * scale), scale


def charged(used, units, earned, most_weeks=20):
    """The same for fleets of any size: of the instances that stand in the same hours one is walked for all.

    The k-th oldest stands in the hours whose fleet has k or more. Those between two neighbouring sizes are alike.
    """
    if all(use <= many * earned for use, many in zip(used, units, strict=True)):
        return Fraction(0)
    shares, earned, scale = in_whole_parts(used, units, earned)
    total, smaller = 0, 0
    for size in sorted(set(units) - {0}):
        total += (size - smaller) * charged_of_one(shares, [many >= size for many in units], earned, most_weeks)
        smaller = size
    return Fraction(total, scale)


def charged_of_one(shares, runs, earned, most_weeks):
    """What one instance is charged for in a week of the hours in which it runs.

    One that stands all week and gains or loses very little in it takes long to fill up, or to use all up. After a while
    it is taken to be there.
    """
    one, before = None, None
    for week in range(2 * most_weeks):
        if week == most_weeks and all(runs):
            gains = len(shares) * earned > sum(shares)
            one.balance, one.surplus = (one.most, 0) if gains else (0, one.most)
        charged = 0
        for share, stands in zip(shares, runs, strict=True):
            if stands:
                one = one or Instance(earned)
                charged += one.hour(share)
            elif one:
                charged += one.surplus
                one = None
        now = (one.balance, one.surplus) if one else (0, 0)
        if now == before:
            return charged
        before = now
    raise ValueError("an instance that does not come to rest")


def bends(charged_at, low, high):
    """Whole numbers from low to high, those among them before which or at which a convex chain of lines bends.

    Where it is on the chord at one place between two others, it is a straight line between them.
    """
    found, todo = set(), [(low, charged_at(low), high, charged_at(high))]
    while todo:
        low, at_low, high, at_high = todo.pop()
        if high - low < 2:
            found |= {low, high} if high > low else set()
            continue
        middle = (low + high) // 2
        at_middle = charged_at(middle)
        if at_middle != at_low + (at_high - at_low) * Fraction(middle - low, high - low):
            found |= {middle - 1, middle}
            todo += [(low, at_low, middle, at_middle), (middle, at_middle, high, at_high)]
    return found


def standard_week(used, least, earned, weeks=4):
    """Instances of each hour on `standard`, walked instance by instance: of the last of some weeks.

    Each hour has the fewest, and no fewer than `least`, with which no balance is below zero at its end.
    """
    running, units = [], []
    for _ in range(weeks):
        units = []
        for use, fewest in zip(used, least, strict=True):
            many = fewest or (1 if use else 0)
            while any(one + earned < Fraction(use) / many for one in with_so_many(running, many)):
                many += 1
            running = [min(one + earned - Fraction(use) / many, 24 * earned) for one in with_so_many(running, many)]
            units.append(many)
    return units


def with_so_many(running, many):
    """The balances of so many instances: the newest are taken away, new ones have none."""
    return running[:many] + [Fraction(0)] * (many - len(running))


def standard_week_from(each, least, earned, requests, high, weeks=4):
    """The same for `each` vCPU-hours of an hour a request, and the last requests up to `high` that have the same weeks.

    Balances are lines of the requests. Of every comparison it is noted from which requests on it would turn.
    Instances with the same line stand for each other.
    """
    until, cap = high, 24 * earned

    def turns_after(level, slope, holds):
        """The last requests at which level + slope x requests >= 0 is as it is now."""
        if holds and slope < 0:
            return level // -slope
        if not holds and slope > 0:
            return -(level // slope) - 1
        return high

    groups, before, units = [], None, []
    for _ in range(weeks):
        if groups == before:
            break
        before, units = groups, []
        for one, fewest in zip(each, least, strict=True):
            use, count = one * requests, 0
            found, many = (fewest, fewest) if use == 0 else (None, max(fewest, 1))
            for size, level, slope in [*groups, (None, Fraction(0), Fraction(0))]:
                if found is not None:
                    break
                first, balance = max(many, count + 1), level + slope * requests + earned
                n = max(first, -(-use // balance))
                if size is None or n <= count + size:
                    found = int(n)
                    until = min(until, turns_after(n * (level + earned), n * slope - one, True))
                last = n - 1 if found else count + size
                if last >= first:
                    until = min(until, turns_after(last * (level + earned), last * slope - one, False))
                count += size or 0
            grown, count = [], 0
            for size, level, slope in [*groups, (found, Fraction(0), Fraction(0))]:
                stay = min(size, found - count)
                count += max(stay, 0)
                if stay <= 0:
                    continue
                gained, lost = level + earned, slope - one / found
                full = gained + lost * requests >= cap
                until = min(until, turns_after(gained - cap, lost, full))
                line = (cap, Fraction(0)) if full else (gained, lost)
                if grown and grown[-1][1:] == line:
                    grown[-1] = (grown[-1][0] + stay, *line)
                else:
                    grown.append((stay, *line))
            groups = grown
            units.append(found)
    return units, int(until)


def standing(used, earned):
    """The fewest instances that stand all week with no balance below zero, found by trying."""
    n = max(1, -(-sum(used) // (len(used) * earned))) if any(used) else 0
    while n and not lasts([Fraction(use) / n for use in used], earned):
        n += 1
    return int(n)


def lasts(shares, earned):
    """Whether a full instance still has credits after three weeks."""
    balance = 24 * earned
    for share in shares * 3:
        balance = min(balance + earned - share, 24 * earned)
        if balance < 0:
            return False
    return True


# ---------------------------------------------------------------- rare bursts, an even part of every hour


def charged_with_bursts(used, units, bursts, earned, most_weeks=2000):
    """vCPU-hours charged in a week that is repeated for good, with rare bursts, instance by instance.

    `used` and `units` are those of an hour without any burst; `bursts` has for each kind what the fleet uses in an hour
    of it, its instances, and the share of every hour that it takes. The k-th oldest is in a burst that has k or more.
    One that does not stand in the hour is started for the burst, without credits, and what it owes at its end is
    charged. None where that takes too long.
    """
    rest = 1 - sum(share for *_, share in bursts)
    running, before = [], None
    for _ in range(most_weeks):
        charged = Fraction(0)
        for use, many in zip(used, units, strict=True):
            charged += resize(running, many, earned)
            for k, one in enumerate(running, start=1):
                spent, idle = rest * Fraction(use) / (many or 1), Fraction(0)
                for burst_use, burst_units, share in bursts:
                    spent += share * Fraction(burst_use) / burst_units if k <= burst_units else 0
                    idle += 0 if k <= burst_units else share
                charged += one.hour(spent + idle * earned)
            for burst_use, burst_units, share in bursts:
                new = max(burst_units - many, 0)
                charged += new * max(share * (Fraction(burst_use) / (burst_units or 1) - earned), 0)
        now = [(one.balance, one.surplus) for one in running]
        if now == before:
            return charged
        before = now
    return None


def standard_week_with_bursts(used, least, bursts, earned, weeks=4):
    """Instances of each hour on `standard`, and in each kind of burst, instance by instance: of the last of some weeks.

    `bursts` has for each kind its use, the instances that carry it, the share of every hour that it takes, and how many
    hours a balance must last in one. Between bursts an hour has the fewest instances that keep their balances. In a
    burst these go on, where they carry it and the newest has enough for one such burst; else there are as many as earn
    what it uses.
    """
    rest = 1 - sum(share for *_, share, _ in bursts)
    running, units, in_bursts = [], [], []
    for _ in range(weeks):
        units, in_bursts = [], []
        for use, fewest in zip(used, least, strict=True):
            many = fewest or (1 if use else 0)
            while any(one + rest * (earned - Fraction(use) / many) < 0 for one in with_so_many(running, many)):
                many += 1
            standing, sizes = with_so_many(running, many), []
            gain = rest * (earned - (Fraction(use) / many if many else 0))
            newest = (standing[-1] if standing else 0) + min(gain, 0)
            for burst_use, carried, share, lasts in bursts:
                above = (Fraction(burst_use) / many if many else Fraction(burst_use)) - earned
                if carried <= many and lasts * above <= newest:
                    size = many
                    newest -= share * max(above, 0)
                else:
                    size = max(many, carried)
                    while burst_use > size * earned:
                        size += 1
                sizes.append(size)
                gain += share * (earned - Fraction(burst_use) / (size or 1))
            running = [min(one + gain, 24 * earned) for one in standing]
            units.append(many)
            in_bursts.append(sizes)
    return units, in_bursts
