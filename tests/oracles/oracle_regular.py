"""An independent oracle of cold starts where requests come equally spaced (`workload.arrivals` `regular`).

It shares no code with the package, and was written from "Requests equally spaced" in docs/cold_starts.md. All in exact
fractions: A(t) are the requests up to a time, one comes whenever A passes a whole number, and a week repeats.

What the page leaves open, and how it is read here:
- where no environment is kept before an hour, what it starts is counted by "fewer came than it needs", and so are the
  starts of growth up to as many as that counts;
- "the most of the last keep-alive" are those of the hours that it touches.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil, lcm

HOUR = 3600
HOURS = 168
DIGITS = 10  # of a number of cold starts, at the places between which it is a straight line


class Week:
    """Requests a second of 168 hours, over and over, in whole numbers: times in parts of a second, requests in parts.

    `of_one` is one request in parts of a request, for times in `parts` of a second.
    """

    def __init__(self, rates, *times):
        rates = [Fraction(rate) for rate in rates]
        self.parts = lcm(*(Fraction(time).denominator for time in times))
        scale = lcm(*(rate.denominator for rate in rates))
        self.rates, self.of_one = [int(rate * scale) for rate in rates], scale * self.parts
        self.hour = HOUR * self.parts
        self.sums = [0]
        for rate in self.rates:
            self.sums.append(self.sums[-1] + rate * self.hour)

    def time(self, seconds):
        return int(Fraction(seconds) * self.parts)

    def within(self, time, span):
        """Requests in a span that ends at a time."""
        return self.up_to(time) - self.up_to(time - span)

    def up_to(self, time):
        """Requests from the start of a week to a time, which may lie in another week."""
        weeks, inside = divmod(time, HOURS * self.hour)
        hour, rest = divmod(inside, self.hour)
        return weeks * self.sums[-1] + self.sums[hour] + (self.rates[hour] * rest if rest else 0)

    def rate_at(self, time):
        return self.rates[time % (HOURS * self.hour) // self.hour]

    def pieces(self, *back):
        """(start, end) of pieces of a week in which rates now and so long before are level."""
        end = HOURS * self.hour
        return pairwise([*sorted({(n * self.hour + more) % end for n in range(HOURS) for more in (0, *back)}), end])


def late(rates, service, keep):
    """Requests of each hour before which fewer came, in a keep-alive and service, than are needed at once."""
    week = Week(rates, service, keep)
    found, back, span = [Fraction(0)] * HOURS, week.time(service), week.time(keep + service)
    for start, end in week.pieces(back, span):
        rate = week.rate_at(start)
        if not rate:
            continue
        needed = (week.within(start, back), week.within(end, back))
        came = (week.within(start, span), week.within(end, span))
        share = share_below(came, needed, week.of_one)
        if share:
            found[start // week.hour] += Fraction(rate * (end - start), week.of_one) * share
    return found


def share_below(came, needed, one):
    """The share of a piece of time in which what came is below what is needed, rounded up; both are straight."""
    (x0, x1), (f0, f1) = needed, came
    if x0 == x1 and f0 == f1:
        return int(f0 < -(-x0 // one) * one)
    cuts = {Fraction(0), Fraction(1)}
    if x0 != x1:  # where the number needed passes a whole one
        low, high = sorted(needed)
        cuts |= {Fraction(n * one - x0, x1 - x0) for n in range(-(-low // one), high // one + 1)}
    total = Fraction(0)
    for a, b in pairwise(sorted(cuts)):
        level = ceil((x0 + (x1 - x0) * (a + b) / 2) / one) * one
        begin, end = f0 + (f1 - f0) * a, f0 + (f1 - f0) * b
        if begin == end:
            part = Fraction(begin < level)
        else:
            crossing = min(max((level - begin) / (end - begin), Fraction(0)), Fraction(1))
            part = crossing if begin < end else 1 - crossing
        total += part * (b - a)
    return total


def starts(rates, warm, cold, keep):
    """Cold starts of each hour of a week, with nothing provisioned. Times in seconds."""
    warm, cold, keep = Fraction(warm), Fraction(cold), Fraction(keep)
    rates = [Fraction(rate) for rate in rates]
    half = late(rates, warm, keep)
    always = late(rates, cold, keep) if cold != warm else half
    gone = [a + max(h - a, 0) / 2 for a, h in zip(always, half, strict=True)]
    needed = [ceil(rate * warm) for rate in rates]
    back = min(ceil(keep / HOUR), HOURS)
    found = []
    for hour in range(HOURS):
        rate = rates[hour]
        before = max(needed[hour - n] for n in range(1, back + 1))
        first = needed[hour] - before
        grown = 0
        if first > 0 and before and rate * (keep + warm) >= needed[hour]:
            times, rest = divmod(cold, warm)
            more = (times - 1) * first + min((rate - rates[hour - 1]) * rest, first)
            grown = ceil(rate * warm + more) - before
        found.append(max(gone[hour], Fraction(grown)))
    return found


# ---------------------------------------------------------------- a month


@cache
def places():
    """A hundred numbers of requests for each decade, from none on: thousands of four digits times a power of ten."""
    thousands = [round(1000 * 10 ** (n / 100)) for n in range(100)]
    return sorted({0, *(n * 10**decade // 1000 for decade in range(17) for n in thousands)})


def kept_from(hourly, hours, warm, cold, keep):
    """Both sides of each number of requests from which the first environment is kept through level times."""
    found = set()
    for service in {Fraction(warm), Fraction(cold)}:
        one = Week(rates_of(hourly, 1, hours), service, keep)
        span = one.time(keep + service)
        for start, _ in one.pieces(span):
            if one.rate_at(start) == one.rate_at(start - span):
                requests = Fraction(one.within(start, span), one.of_one)
                if requests:
                    found |= {ceil(1 / requests), ceil(1 / requests) - 1}
    return found


def rates_of(hourly, requests, hours):
    """Requests a second of each hour of the week (M1)."""
    mean = Fraction(requests) / (HOUR * Fraction(hours))
    whole = sum(Fraction(weight) for weight in hourly)
    return [mean * HOURS * Fraction(weight) / whole for weight in hourly]


def rounded(value):
    """With so many significant digits, halves to even."""
    if not value:
        return Fraction(0)
    scale = Fraction(1)
    while value * scale >= 10**DIGITS:
        scale /= 10
    while value * scale < 10 ** (DIGITS - 1):
        scale *= 10
    return round(value * scale) / scale


class Month:
    """Cold starts of a month along requests, for one time of a request, of a start, and one keep-alive."""

    def __init__(self, hourly, hours, warm, cold, keep):
        self.hourly, self.hours = tuple(Fraction(weight) for weight in hourly), Fraction(hours)
        self.times = Fraction(warm), Fraction(cold), Fraction(keep)
        self.knots = sorted({*places(), *kept_from(self.hourly, self.hours, *self.times)})
        self.known = {}

    def at(self, knot):
        if knot not in self.known:
            week = sum(starts(rates_of(self.hourly, knot, self.hours), *self.times)) if knot else Fraction(0)
            self.known[knot] = min(rounded(week * self.hours / HOURS), Fraction(knot))
        return self.known[knot]

    def cold(self, requests):
        """A straight line between two of the places."""
        place = max(n for n, knot in enumerate(self.knots) if knot <= requests)
        low, high = self.knots[place], self.knots[place + 1]
        if low == requests:
            return self.at(low)
        return self.at(low) + (self.at(high) - self.at(low)) * Fraction(requests - low, high - low)
