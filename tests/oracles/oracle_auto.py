"""An independent oracle of capacity: plans, sizes left open, hybrids, answer times, network, logs, maps.

It shares no code with the package, and was written without reading it: from rules M1 to M11 of the
design, from the meaning of the fields of a scenario, and from the tables of the price book. It goes
on where `oracle_compare` ends. Everything is done the plain way: each size is billed, each number
of base units is tried, each point of a map is compared.

`costs(document)` gives for each option (feasible, cost or None, known part) in exact fractions;
`chosen(document, place)` the concrete options that are cheapest; `fleet(document, place)` its units
hour by hour; `winners(document, over, xs, ys)` who is cheapest at each point of a map.

What the rules leave open, and how it is read here:
- a measured size is that of the scenario's first Lambda option with a number; overflows do not count;
- limits: the time that must be allowed is `timeout_ms`, or the mean wall time where that is longer; a mean
  wall time above `timeout_ms` breaks it. 1 MB is 1,024 KB. Only fixed limits are held;
- a plan is weighed against the rate on demand of its first tier. Where that is missing, all is on
  demand, and unknown. A reader's own rate of a Lambda plan has no end of its tier;
- a plan covers the units themselves: volumes, storage, addresses and surplus credits follow what runs;
- free quantities are never taken off what is committed: a plan is paid whether it is used or not.
  The free 5 GB of logs are one pot, which a hybrid's base uses first; stored logs have their own;
- what vCPUs use above their baseline is computed with CPU time at `cpu_speed`;
- an answer time counts whole slots in a unit, and a process has its part of them: where that is a fraction m,
  the closed form of R4's sums is taken; a hybrid's units of level `auto` serve with `standard` credits what they earn;
- without traffic in an hour an answer time asks for `min_units`;
- a rare burst is a moment of its own: plans weigh it by its time, a base serves as much in it as at the peak of its
  level, and what starts for one and is paid for longer is on demand beside a plan. Bases, `fixed` fleets and given
  `units` on CPU credits are left out with bursts;
- on Lambda Managed Instances an answer time counts the slots of all environments of an instance together;
- gateways: each is billed by its own hours, so 730.5 are 731 for each;
- a hybrid has the gateways of one network: as many as the side with more zones needs; the addresses of
  a load balancer are those of the base's zones; the overflow must fit its limits even where nothing
  overflows. With an answer time each side of a hybrid holds it by itself: the base is sized by R4 for what it
  serves, so many units serve as much as they answer in time, and the overflow must hold it as any Lambda;
- candidates are what the book, or the reader, prices; ties between candidates are all given, those on x86 first;
- a candidate without a whole bill stands for its option where its known part is no dearer than the cheapest whole
  bill. A processor for whose time there is no price is no candidate where there is one for the other's.
"""

from __future__ import annotations

import csv
from collections import Counter
from copy import copy
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise, product
from math import ceil, erfc, exp, floor, inf, lgamma, log, pi, sqrt
from statistics import NormalDist

import oracle
import oracle_compare
import oracle_credits
from oracle import exact
from oracle_compare import LAMBDA_MB_PER_VCPU, WEEK_HOURS

DATA = oracle.BOOK.parent.parent
LAMBDA_ZONES = 2
KB_PER_GB = 1024**2
KB_PER_MB = 1024
LAMBDA_SIZES_MB = range(128, 10_241)


# ---------------------------------------------------------------- facts


@cache
def shapes():
    """The named weeks: {shape: [168 weights]}."""
    weeks = {"flat": [1] * WEEK_HOURS}
    with (DATA / "traffic" / "shapes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            weeks.setdefault(row["shape"], [None] * WEEK_HOURS)[int(row["hour"])] = row["weight"]
    return weeks


@cache
def fixed_limits():
    """The limits that nobody can raise: {id: value}."""
    with (DATA / "limits.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {r["id"]: exact(r["value"]) for r in rows if r["adjustable"] == "no" and r["used"] == "yes"}


@cache
def rule(name):
    return next(exact(row["value"]) for row in oracle.rows_of("rules.csv") if row["rule"] == name)


def first_rate(document, service, item):
    """The price of the first unit, or None: the reader's own, else the book's."""
    own = own_prices(document)
    tiers = oracle.tiers_of(service, item, document.get("region", "us-east-1"), {}, own)
    return None if tiers is None else tiers[0][2]


def own_prices(document):
    return {(p["service"], p["item"]): exact(p["price_usd"]) for p in document.get("prices", [])}


# ---------------------------------------------------------------- the workload


def plain(document):
    """The same scenario with its week as 168 weights and its measured size as a number."""
    document = oracle_compare.with_processors(document)
    workload = dict(document["workload"])
    traffic = dict(workload.get("traffic", {"shape": "flat"}))
    if "shape" in traffic:
        traffic["hourly"] = shapes()[traffic.pop("shape")]
    sizes = [o["memory_mb"] for o in document["options"] if o["kind"] == "lambda" and o["memory_mb"] != "auto"]
    workload.setdefault("measured_memory_mb", sizes[0] if sizes else LAMBDA_MB_PER_VCPU)
    return document | {"workload": workload | {"traffic": traffic}}


class Load(oracle_compare.Load):
    """What must be served, on a vCPU of a given speed."""

    def __init__(self, document, cpu_speed=1):
        super().__init__(document)
        given = document["workload"]
        # R1: CPU time is cpu_ms / cpu_speed there, and nothing else changes.
        self.cpu_ms /= exact(cpu_speed)
        self.durations = sorted((exact(d["memory_mb"]), exact(d["duration_ms"])) for d in given.get("durations", []))
        self.timeout_ms = exact(given["timeout_ms"]) if "timeout_ms" in given else None
        self.slo = given.get("slo")
        self.service_cv = given.get("service_cv", 1)
        if "percentiles" in given:
            self.service_cv = Lognormal(given["percentiles"])
        self.outbound_kb = exact(given.get("outbound_kb", 0))
        self.log_kb = exact(given.get("log_kb", 0))
        self.retention_days = exact(given.get("log_retention_days", 30))

    def means(self, requests):
        """Requests a second of each of the 168 hours, outside bursts."""
        return [requests * self.rates[weight] for weight in self.whole_week]

    def moments(self, requests):
        """(requests a second, hours of the week, peak over mean) of each hour of the week and each kind of burst.

        A burst is level: its rate is its peak.
        """
        hours = [(mean, self.left, self.burst) for mean in self.means(requests)]
        return hours + [(requests * rate, self.week[key], 1) for key, (rate, *_) in self.bursts.items()]

    def lambda_ms(self, memory_mb):
        """Mean wall time on a Lambda: as measured, between two measured sizes, or by M3."""
        by_rule = self.wall_ms(memory_mb / LAMBDA_MB_PER_VCPU)
        if not self.durations:
            return by_rule
        below = [point for point in self.durations if point[0] <= memory_mb]
        above = [point for point in self.durations if point[0] >= memory_mb]
        if below and above:
            (small, slow), (large, fast) = below[-1], above[0]
            if small == large:
                return slow
            part = (1 / memory_mb - 1 / large) / (1 / small - 1 / large)
            return fast + part * (slow - fast)
        near, measured = (below or above)[-1 if below else 0]
        return measured * by_rule / self.wall_ms(near / LAMBDA_MB_PER_VCPU)

    def may_take(self, wall_ms, longest_ms):
        """Whether a limit on time allows these requests."""
        return max(wall_ms, self.timeout_ms or 0) <= longest_ms


# ---------------------------------------------------------------- a bill of charges


def charges_of(document, rows):
    return [
        (row["service"], item, quantity)
        for row in rows
        for item, quantity in oracle.CHARGES[row["service"]](row, document)
    ]


def bill(document, charges, committed=()):
    """Bill charges (service, item, quantity), and committed ones (…, end of the plan's tier or None)."""
    own, region = own_prices(document), document.get("region", "us-east-1")
    if document.get("free_tier", False):
        charges = oracle.take_off_free(charges, {})
    totals = Counter()
    for service, item, quantity in charges:
        totals[service, item] += quantity
    lines = []
    for (service, item), quantity in totals.items():
        lines += oracle.lines_of(service, item, quantity, oracle.tiers_of(service, item, region, {}, own))
    for service, item, quantity, end in committed:
        known = quantity if end is None or (service, item) in own else min(quantity, end)
        lines += oracle.lines_of(service, item, known, oracle.tiers_of(service, item, region, {}, own))
        lines += oracle.lines_of(service, item, quantity - known, None)
    amounts = [line["exact_usd"] for line in lines]
    known_usd = sum((amount for amount in amounts if amount is not None), Fraction(0))
    return {"lines": lines, "known_usd": known_usd, "exact_usd": None if None in amounts else known_usd}


# ---------------------------------------------------------------- savings plans


def is_plan(purchase):
    return "savings_plan" in purchase


def committed_level(amounts, ratio):
    """The largest amount that runs in at least `ratio` of the hours; none where a plan never pays.

    `amounts` are (amount running, hours of the week).
    """
    found = Fraction(0)
    for level in {amount for amount, _ in amounts}:
        runs = sum(hours for amount, hours in amounts if amount >= level)
        if Fraction(runs, WEEK_HOURS) >= ratio:
            found = max(found, level)
    return found


def split_by_plan(amounts, plan_rate, on_demand_rate, month_hours):
    """R2: (committed, on demand) of a month for what runs in the hours of a week."""
    month = sum(amount * hours for amount, hours in amounts) * month_hours / WEEK_HOURS
    if plan_rate is None:
        return month, Fraction(0)
    if not on_demand_rate:
        return Fraction(0), month
    level = committed_level(amounts, plan_rate / on_demand_rate)
    above = sum(max(amount - level, 0) * hours for amount, hours in amounts) * month_hours / WEEK_HOURS
    return level * month_hours, above


# ---------------------------------------------------------------- answer times, in floats


def erlang_c(servers, offered):
    """The share of requests that wait, by the recursion of Erlang B."""
    if offered <= 0:
        return 0.0
    inverse = 1.0
    for busy in range(1, servers + 1):
        inverse = 1 + inverse * busy / offered
        if inverse > 1e300:
            return 0.0
    blocked = 1 / inverse
    return blocked / (1 - offered / servers * (1 - blocked))


def gamma_tail(shape, scale, t):
    """P(X > t) of a gamma: one less its series, each term a weight of its own."""
    if t <= 0:
        return 1.0
    x = t / scale
    # P = x^a e^-x / Gamma(a + 1) x (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...)
    term, total, k = 1.0, 1.0, 0
    while term > total * 1e-17:
        k += 1
        term *= x / (shape + k)
        total += term
    below = exp(shape * log(x) - x - lgamma(shape + 1) + log(total))
    return max(0.0, 1 - below)


def service_and_wait_below(shape, scale, theta, t):
    """∫ g(s) e^(-theta (t - s)) ds over 0..t, g a gamma: Poisson weights where theta is steep, else a series."""
    w = t * (theta - 1 / scale)
    front = shape * log(t / scale) - lgamma(shape)
    if w > 0:
        # e^-theta t w^k / k! = e^(-t / scale) x Poisson(k; w)
        first, last = max(0, int(w - 40 * sqrt(w) - 40)), int(w + 40 * sqrt(w) + 40)
        total = sum(exp(k * log(w) - w - lgamma(k + 1)) / (shape + k) for k in range(first, last + 1))
        return exp(front - t / scale) * total
    # Kummer: the sum of w^k / (k! (a + k)) = e^w / a x (1 + y/(a+1) + y^2/((a+1)(a+2)) + ...), y = -w
    term, total, k = 1.0, 1.0, 0
    while term > total * 1e-17:
        k += 1
        term *= -w / (shape + k)
        total += term
    return exp(front - theta * t + w + log(total / shape))


class Lognormal:
    """Service whose logarithm is normal, through two measured percentiles, p50 and p99, of its own mean."""

    def __init__(self, percentiles):
        self.sigma = log(percentiles["p99_ms"] / percentiles["p50_ms"]) / NormalDist().inv_cdf(0.99)
        self.square = exp(self.sigma**2) - 1  # of the standard deviation over the mean

    def tail(self, service_s, t_s):
        if t_s <= 0:
            return 1.0
        return erfc((log(t_s / service_s) / self.sigma + self.sigma / 2) / sqrt(2)) / 2

    def service_and_wait_below(self, service_s, theta, t_s):
        """∫ g(s) e^(-theta (t - s)) ds over 0..t, by Simpson over the normal deviate of s, close by t more finely."""
        top = log(t_s / service_s) / self.sigma + self.sigma / 2
        ends = [min(-10.0, top - 1), *(top - 2.0**-k for k in range(1, 14)), top]
        return sum(self.simpson(low, high, service_s, theta, t_s) for low, high in pairwise(ends))

    def simpson(self, low, high, service_s, theta, t_s, steps=400):
        total = 0.0
        for i in range(steps + 1):
            y = low + (high - low) * i / steps
            s = service_s * exp(self.sigma * y - self.sigma**2 / 2)
            weight = 1 if i in {0, steps} else 4 if i % 2 else 2
            total += weight * exp(-y * y / 2 - theta * max(t_s - s, 0.0))
        return total * (high - low) / steps / 3 / sqrt(2 * pi)


def answer_tail(servers, arrival_rps, service_s, cv, t_s):
    """P(wait + service > t): Erlang C, its mean wait by Allen and Cunneen, gamma or lognormal service, independent."""
    offered = arrival_rps * service_s
    if offered >= servers:
        return 1.0
    waits = erlang_c(servers, offered)
    if isinstance(cv, Lognormal):
        theta = (servers / service_s - arrival_rps) * 2 / (1 + cv.square)
        late = waits * cv.service_and_wait_below(service_s, theta, t_s) if waits else 0.0
        return min(1.0, cv.tail(service_s, t_s) + late)
    theta = (servers / service_s - arrival_rps) * 2 / (1 + cv * cv)
    if cv == 0:
        return 1.0 if t_s < service_s else waits * exp(-theta * (t_s - service_s))
    shape, scale = 1 / cv**2, service_s * cv**2
    alone = gamma_tail(shape, scale, t_s)
    return alone + waits * service_and_wait_below(shape, scale, theta, t_s) if waits else alone


def service_tail(service_s, cv, t_s):
    if isinstance(cv, Lognormal):
        return cv.tail(service_s, t_s)
    if cv == 0:
        return 1.0 if t_s < service_s else 0.0
    return gamma_tail(1 / cv**2, service_s * cv**2, t_s)


def sharing(rho, slots):
    """How much longer computing takes where up to `slots` requests share a process (R4)."""
    if slots != floor(slots):
        m = float(slots)
        e = 1 - rho
        if 0 < e * (m + 1) < 1e-4:  # both terms are huge there: their difference by its series, with e = -ln rho
            e = -log(rho)
            return (1 + m) / 2 + (1 - m * m) * e / 12
        return 1 / (1 - rho) - m * rho**m / (1 - rho**m) if rho else 1.0
    below = range(int(slots))
    return sum((k + 1) * rho**k for k in below) / sum(rho**k for k in below)


# ---------------------------------------------------------------- what surrounds the compute


class Side:
    """A part of the traffic and what serves it: one side, or two of a hybrid."""

    def __init__(self, target, requests, wall_ms, *, unit_hours=Fraction(0), zones=LAMBDA_ZONES, vpc=None, rps=None):
        self.target, self.requests, self.wall_ms = target, requests, wall_ms
        self.rps = rps  # (of each moment of the week, its hours), where there are two sides
        self.unit_hours, self.zones, self.vpc = unit_hours, zones, vpc


def front_door_rows(load, door, sides):
    requests = sum(side.requests for side in sides)
    if door != "alb":
        return oracle_compare.front_door_rows(load, door, "lambda", Fraction(0), requests)
    if len(sides) == 2:
        return [{"service": "alb", "hours": load.hours, "lcus": mean_lcus(load, sides)}]
    gb = sum(side.requests * (Fraction(5, 2) if side.target == "lambda" else 1) for side in sides)
    return [
        {
            "service": "alb",
            "hours": load.hours,
            "new_connections_per_s": requests * load.mean_rps / load.requests_per_connection,
            "active_connections": sum(s.requests * load.mean_rps * s.wall_ms for s in sides) / 1000,
            "gb_per_hour": gb / load.hours * (load.request_kb + load.response_kb) / KB_PER_GB,
        }
    ]


def mean_lcus(load, sides):
    """Load balancer units hour by hour of the week: each hour is charged by its own largest measure."""
    kb = load.request_kb + load.response_kb
    total = Fraction(0)
    for moments in zip(*(side.rps for side in sides), strict=True):
        rps, hours = [rate for rate, _ in moments], moments[0][1]
        gb = sum(one * (Fraction(5, 2) if side.target == "lambda" else 1) for one, side in zip(rps, sides, strict=True))
        open_now = sum(one * side.wall_ms for one, side in zip(rps, sides, strict=True)) / 1000
        connections = sum(rps) / load.requests_per_connection
        total += hours * max(connections / 25, open_now / 3000, gb * 3600 * kb / KB_PER_GB)
    return total / WEEK_HOURS


def network_rows(load, document, door, sides):
    """Addresses, NAT gateways and data out to the internet (R5)."""
    said = {"subnets": "public", "public_ipv4": True, "nat": True, "data_transfer": True}
    said |= document.get("network", {})
    private = said["subnets"] == "private"
    behind = [side for side in sides if (side.vpc if side.target == "lambda" else private)] if said["nat"] else []
    zones = max((side.zones for side in behind), default=0)
    gateways = min(zones, 1) if said.get("nat_gateways") == "single" else zones
    rows = []
    if said["public_ipv4"]:
        hours = gateways * load.hours
        hours += sides[0].zones * load.hours if door == "alb" and "front_door" in document["include"] else 0
        hours += 0 if private else sum(side.unit_hours for side in sides)
        rows.append({"service": "public_ipv4", "hours": hours})
    data_gb = sum(side.requests for side in behind) * load.outbound_kb / KB_PER_GB
    rows += [{"service": "nat_gateway", "hours": load.hours} for _ in range(gateways)]
    rows.append({"service": "nat_gateway", "gb": data_gb})
    if said["data_transfer"]:
        requests = sum(side.requests for side in sides)
        out = requests * (load.response_kb + load.outbound_kb) / KB_PER_GB
        others = Fraction(zones - gateways, zones) if zones else 0  # of a single gateway: data of the other zones
        rows.append({"service": "data_transfer", "internet_gb": out, "inter_az_gb": data_gb * others})
    return rows


def log_charges(load, sides):
    """Logs taken in and kept (R6)."""
    charges, taken = [], Fraction(0)
    for side in sides:
        gb = side.requests * load.log_kb / KB_PER_GB
        charges.append(("cloudwatch", "logs_vended" if side.target == "lambda" else "logs_ingest", gb))
        taken += gb
    kept = taken * load.retention_days * 24 / load.hours * rule("cloudwatch.log_compression")
    return [*charges, ("cloudwatch", "logs_stored", kept)]


# ---------------------------------------------------------------- options of a given size


class Way:
    """One way to run it, everything about it given. Mixed into the options of `oracle_compare`."""

    def cost(self, requests):
        if not self.can_carry(requests):
            return False, None, Fraction(0)
        found = self.billed(requests)
        total = found["exact_usd"]
        return True, None if total is None else total + self.people_usd, found["known_usd"] + self.people_usd

    def billed(self, requests):
        """The whole bill but for people's hours."""
        return whole_bill(self, requests, self.sides(requests), self.compute(requests))

    def within_door(self, door, target, wall_ms):
        """Whether the front door allows the time and the sizes of these requests."""
        load, limits = self.load, fixed_limits()
        names = [door, *(["lambda"] if target == "lambda" else [])]
        times = [limits[f"{name}.timeout_s"] for name in names if f"{name}.timeout_s" in limits]
        times += [limits["alb.idle_timeout_max_s"]] if door == "alb" else []
        for way, size_kb in (("request", load.request_kb), ("response", load.response_kb)):
            ids = [f"{name}.{way}_mb" for name in names]
            ids += [f"alb.lambda_{way}_mb"] if (door, target) == ("alb", "lambda") else []
            if any(size_kb > limits[id] * KB_PER_MB for id in ids if id in limits):
                return False
        in_time = load.timeout_ms is None or wall_ms <= load.timeout_ms
        return in_time and all(load.may_take(wall_ms, 1000 * time) for time in times)


def whole_bill(way, requests, sides, compute):
    document, load = way.document, way.load
    charges, committed = compute if "compute" in way.include else ([], [])
    if "front_door" in way.include:
        charges = charges + charges_of(document, front_door_rows(load, way.door, sides))
    if "network" in way.include:
        charges = charges + charges_of(document, network_rows(load, document, way.door, sides))
    if "logs" in way.include:
        charges = charges + log_charges(load, sides)
    return bill(document, charges, committed)


class LambdaWay(Way, oracle_compare.LambdaOption):
    @cached_property
    def wall_ms(self):
        return self.load.lambda_ms(exact(self.given["memory_mb"]))

    @cached_property
    def fits(self):
        load = self.load
        if load.working_set_mb + load.request_mb > exact(self.given["memory_mb"]) * (
            1 - exact(self.given.get("kept_free", 0))
        ):
            return False
        if "max_duration_ms" in self.given and self.wall_ms > exact(self.given["max_duration_ms"]):
            return False
        if load.slo and not answers(service_tail(float(self.wall_ms) / 1000, load.service_cv, limit_s(load)), load):
            return False
        return self.within_door(self.door, "lambda", self.wall_ms)

    def sides(self, requests):
        return [Side("lambda", requests, self.wall_ms, vpc=self.given.get("vpc", False))]

    def compute(self, requests):
        return lambda_compute(self, requests, [(mean, hours) for mean, hours, _ in self.load.moments(requests)])


def lambda_compute(way, requests, means):
    """Charges and commitments of a Lambda whose load is (requests a second, hours of the week)."""
    given, document = way.given, way.document
    charges = charges_of(document, way.compute_rows(requests))
    purchase = given.get("purchase", "on_demand")
    if not is_plan(purchase):
        return charges, []
    item = f"duration/{given.get('architecture', 'x86_64')}"
    each = oracle.lambda_gb_seconds(1, way.wall_ms, exact(given["memory_mb"]))
    rates = (first_rate(document, "lambda", f"{item}/{purchase}"), first_rate(document, "lambda", item))
    by_hour = [(mean * 3600 * each, hours) for mean, hours in means]
    committed, above = split_by_plan(by_hour, *rates, way.load.hours)
    charges = [(s, i, above if i == item else quantity) for s, i, quantity in charges]
    end = rule(f"lambda.plan_tier_gb_seconds_{given.get('architecture', 'x86_64')}")
    return charges, [("lambda", f"{item}/{purchase}", committed, end)]


def limit_s(load):
    return float(exact(load.slo["response_ms"])) / 1000


def answers(tail, load):
    """Whether a share of late answers is small enough, up to the last digits of a float."""
    late = 1 - float(exact(load.slo["percentile"])) / 100
    return tail <= late * (1 + 1e-10)


class FleetWay(Way):
    """Fleets: M6, or R4 where there is an answer time."""

    def __init__(self, document, given, load):
        super().__init__(document, given, Load(document, given.get("cpu_speed", 1)))

    @cached_property
    def unit_slots(self):
        slots = self.processes * self.load.in_flight_per_process
        if self.load.request_mb:
            slots = min(slots, Fraction(floor(self.beside_mb / self.load.request_mb)))
        return slots

    def late(self, units, peak_rps):
        """The share of answers at this peak that come too late (R4)."""
        load, x = self.load, float(peak_rps)
        cpu_s = float(load.cpu_ms) / 1000
        rho = x * cpu_s / (units * float(self.vcpu)) if units else inf
        if rho >= 1:
            return 1.0
        stretch = sharing(rho, self.unit_slots / self.processes)
        service_s = float(self.wall_ms) / 1000 + cpu_s / float(min(self.vcpu, load.threads)) * (stretch - 1)
        return answer_tail(floor(units * self.unit_slots), x, service_s, load.service_cv, limit_s(load))

    def needed(self, peak_rps):
        if self.load.slo is None:
            return super().needed(peak_rps)
        least = self.least if self.units is None else 0
        if peak_rps == 0:
            return least
        if not answers(service_tail(float(self.wall_ms) / 1000, self.load.service_cv, limit_s(self.load)), self.load):
            return None
        if self.survive:
            if self.zones == 1:
                return None
            least = max(least, ceil(Fraction(ceil(peak_rps / self.rps_full) * self.zones, self.zones - 1)))

        def holds(units):
            return answers(self.late(units, peak_rps), self.load)

        low, high = least - 1, max(least, 1)  # low does not hold, or is one too few
        while not holds(high):
            low, high = high, high * 2
            if high > 10**7:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high

    def can_carry(self, requests):
        return self.within_door(self.door, self.kind, self.wall_ms) and super().can_carry(requests)

    def sides(self, requests):
        return [Side(self.kind, requests, self.wall_ms, unit_hours=self.unit_hours(requests), zones=self.zones)]

    def compute(self, requests):
        running = [(Fraction(units), self.load.left) for units in self.running(requests)]
        for key, units in self.in_bursts(requests).items() if self.load.bursts else ():
            running += [(Fraction(many), self.load.week[key] / WEEK_HOURS) for many in units]
        return self.compute_of(running, self.surplus_hours(requests), self.unit_hours(requests))

    def compute_of(self, running, surplus, month):
        """Charges of a fleet: (units running, hours of the week), vCPU-hours above baseline, and unit-hours of a month.

        Those are more than what runs where a start is paid for longer: the rest is on demand.
        """
        purchase = self.given.get("purchase", "on_demand")
        longer = month - sum(units * hours for units, hours in running) * self.load.hours / WEEK_HOURS
        if not is_plan(purchase):
            return charges_of(self.document, self.rows(month, month, purchase, surplus)), []
        rates = self.unit_rate(purchase), self.unit_rate("on_demand")
        committed, above = split_by_plan(running, *rates, self.load.hours)
        if rates[0] is None:
            committed += longer
        else:
            above += longer
        # Volumes and storage stand while units run, whatever is committed.
        rows = self.rows(committed, Fraction(0), purchase, Fraction(0)) + self.rows(above, month, "on_demand", surplus)
        return charges_of(self.document, rows), []


class FargateWay(FleetWay, oracle_compare.FargateOption):
    def items(self, purchase):
        where = f"{self.given.get('architecture', 'x86_64')}/{self.given.get('os', 'linux')}/{purchase}"
        return {f"vcpu_hour/{where}": self.vcpu, f"gb_hour/{where}": self.memory_mb / 1024}

    def unit_rate(self, purchase):
        """What an hour of a whole task costs, None where a part of it has no price."""
        parts = [(first_rate(self.document, "fargate", i), size) for i, size in self.items(purchase).items()]
        return None if any(rate is None for rate, _ in parts) else sum(rate * size for rate, size in parts)

    def rows(self, hours, volumes, purchase, surplus):
        names = ("architecture", "os", "vcpu", "memory_gb")
        row = {"service": "fargate", "purchase": purchase}
        row |= {name: self.given[name] for name in names if name in self.given}
        storage = row | {"vcpu": 0, "memory_gb": 0, "ephemeral_gb": self.given.get("ephemeral_gb", 20)}
        return [row | {"task_hours": hours}, storage | {"task_hours": volumes}]


class Ec2Way(FleetWay, oracle_compare.Ec2Option):
    def unit_rate(self, purchase):
        return first_rate(self.document, "ec2", f"{self.given['instance_type']}/{purchase}")

    def rows(self, hours, volumes, purchase, surplus):
        kind = self.given["instance_type"]
        row = {"service": "ec2", "instance_type": kind, "instance_hours": hours, "purchase": purchase}
        if surplus:
            row["surplus_credit_vcpu_hours"] = surplus
        return [row, {"service": "ebs", "volume": "gp3", "gb": self.given.get("ebs_gb", 8), "hours": volumes}]


class EcsManagedWay(Ec2Way):
    """Instances of EC2, and a fee on what runs however it is bought."""

    def rows(self, hours, volumes, purchase, surplus):
        fee = {"service": "ecs_managed", "instance_type": self.given["instance_type"], "instance_hours": volumes}
        return [*super().rows(hours, volumes, purchase, surplus), fee]


class LambdaManagedWay(FleetWay, oracle_compare.LambdaManagedOption):
    """A function on instances: environments share an instance, each with its requests; Lambda's limits hold."""

    def __init__(self, document, given, load):
        super().__init__(document, given, load)
        self.processes = self.environments

    @cached_property
    def usable_mb(self):
        return self.memory_mb * (1 - exact(self.given.get("kept_free", 0))) - self.reserved_mb

    @cached_property
    def environments(self):
        return self.given.get("processes", min(max(1, floor(self.vcpu)), floor(self.usable_mb / self.environment_mb)))

    @cached_property
    def at_once(self):
        at_once = self.given.get("requests_at_once")
        return min(self.load.in_flight_per_process, 1600) if at_once is None else at_once

    @cached_property
    def unit_slots(self):
        slots, load = self.environments * self.at_once, self.load
        if load.request_mb:
            left_mb = self.environments * (self.environment_mb - load.working_set_mb)
            slots = min(slots, Fraction(floor(left_mb / load.request_mb)))
        return slots

    def fleet(self, requests):
        if self.environments < 1 or max(self.environments, 1) * self.environment_mb > self.usable_mb:
            return None
        return super().fleet(requests)

    def can_carry(self, requests):
        return self.within_door(self.door, "lambda", self.wall_ms) and oracle_compare.FleetOption.can_carry(
            self, requests
        )

    def sides(self, requests):
        private = self.document.get("network", {}).get("subnets") == "private"
        hours = self.unit_hours(requests)
        return [Side("lambda", requests, self.wall_ms, unit_hours=hours, zones=self.zones, vpc=private)]

    def compute(self, requests):
        charges, committed = super().compute(requests)
        return [*charges, ("lambda", "managed_instances_requests", requests)], committed

    def unit_rate(self, purchase):
        return first_rate(self.document, "ec2", f"{self.given['instance_type']}/{purchase}")

    def rows(self, hours, volumes, purchase, surplus):
        kind = self.given["instance_type"]
        fee = {"service": "lambda_managed", "instance_type": kind, "instance_hours": volumes}
        return [{"service": "ec2", "instance_type": kind, "instance_hours": hours, "purchase": purchase}, fee]


class LambdaWebWay(FleetWay, oracle_compare.LambdaWebOption):
    """Environments of 2 vCPU and 2 GB with an endpoint of their own."""

    def __init__(self, document, given, load):
        super().__init__(document, given, load)
        self.processes = 1

    @cached_property
    def unit_slots(self):
        slots, load = Fraction(self.given["requests_at_once"]), self.load
        return min(slots, floor((2048 - load.working_set_mb) / load.request_mb)) if load.request_mb else slots

    def can_carry(self, requests):
        within = self.within_door("lambda_web", "lambda_web", self.wall_ms)
        return within and oracle_compare.FleetOption.can_carry(self, requests)

    def sides(self, requests):
        return [Side("lambda", requests, self.wall_ms, vpc=False)]

    def compute(self, requests):
        return charges_of(self.document, self.compute_rows(requests)), []


# ---------------------------------------------------------------- hybrids


class HybridWay(Way, oracle_compare.Option):
    """R3: a base that stands all month, and a Lambda for what exceeds its level. Its sides are of given sizes."""

    def __init__(self, document, given, load):
        super().__init__(document, given, load)
        door = {"front_door": self.door}
        self.base = way_of(document, given["base"] | door, load)
        warm = copy(load)  # nothing cold is counted of what overflows
        warm.cold = {}
        self.over = way_of(document, given["overflow"] | door, warm)
        self.wall_ms = self.base.wall_ms

    @cached_property
    def fits(self):
        return self.base.holds and self.over.fits and self.base.within_door(self.door, self.base.kind, self.wall_ms)

    def levels(self, requests):
        """(units, level) to look at: the one given, or one for each number of base units."""
        base, busiest = self.base, max(self.load.peaks.values()) * requests
        burst, most = self.load.burst, inf if base.most is None else base.most
        level = self.given.get("level", "auto")
        if level != "auto":
            needed = base.needed(min(exact(level) * burst, busiest))
            if base.standard and needed is not None:
                served = [min(mean, exact(level)) * base.load.cpu_ms / 1000 for mean in self.load.means(requests)]
                needed = max(needed, oracle_credits.standing(served, base.vcpu * base.baseline))
            if base.units is not None:
                return [(base.units, exact(level))] if needed is not None and needed <= base.units else []
            return [(needed, exact(level))] if needed is not None and needed <= most else []
        least = max(base.least, 1)
        last = base.needed(busiest)
        if base.standard and last is not None:
            last = max(last, ceil(busiest / burst * base.load.cpu_ms / 1000 / (base.vcpu * base.baseline)))
        if base.units is not None:
            return [(base.units, self.carried(base.units))]
        if last is None:
            return []
        return [(n, self.carried(n)) for n in range(least, max(last, least) + 1) if n <= most]

    def carried(self, units):
        """The most that units carry by M6, in requests a second of an hour's mean."""
        base = self.base
        most = units * base.rps_target if self.load.slo is None else self.answered(units)
        if base.survive:
            most = min(most, (units - ceil(Fraction(units, base.zones))) * base.rps_full)
        most /= self.load.burst
        if base.standard and base.load.cpu_ms:  # what it serves for good, with what it earns
            most = min(most, units * base.vcpu * base.baseline * 1000 / base.load.cpu_ms)
        return most

    def answered(self, units):
        """The most that units answer in time, to the last digits of a float (R4). [1/s]"""
        low, high = 0.0, float(units * self.base.rps_full)
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if answers(self.base.late(units, middle), self.load) else (low, middle)
        return exact(low)

    def tries(self, requests):
        """Every level looked at, as (units, level, feasible, cost, known part)."""
        return [(units, level, *self.cost_at(requests, units, level)) for units, level in self.levels(requests)]

    def cost_at(self, requests, units, level):
        load, base, over = self.load, self.base, self.over
        moments = load.moments(requests)
        # In a burst the base serves as much as at the peak of an hour at its level.
        served = [(min(mean, level * load.burst / peak), hours) for mean, hours, peak in moments]
        beyond = [(mean - part, hours) for (mean, *_), (part, hours) in zip(moments, served, strict=True)]
        second = 3600 * load.hours / WEEK_HOURS
        to_base, to_lambda = (sum(rps * hours for rps, hours in side) * second for side in (served, beyond))
        unit_hours = units * load.hours
        sides = [
            Side(base.kind, to_base, base.wall_ms, unit_hours=unit_hours, zones=base.zones, rps=served),
            Side("lambda", to_lambda, over.wall_ms, vpc=over.given.get("vpc", False), rps=beyond),
        ]
        surplus = self.surplus(units, [rps for rps, _ in served])
        charges, committed = base.compute_of([(Fraction(units), WEEK_HOURS)], surplus, unit_hours)
        more, plans = lambda_compute(over, to_lambda, beyond)
        found = whole_bill(self, requests, sides, (charges + more, committed + plans))
        total = found["exact_usd"]
        return True, None if total is None else total + self.people_usd, found["known_usd"] + self.people_usd

    def surplus(self, units, served):
        """vCPU-hours of a month that the credits of the base do not cover."""
        base = self.base
        if not base.unlimited:
            return Fraction(0)
        used = [mean * base.load.cpu_ms / 1000 for mean in served]
        week = oracle_credits.charged(used, [units] * WEEK_HOURS, base.vcpu * base.baseline)
        return week * self.load.hours / WEEK_HOURS

    def cost(self, requests):
        return least_of([found[2:] for found in self.tries(requests)] if self.fits else [])

    def best(self, requests):
        """The cheapest (units, level) pairs."""
        tries = self.tries(requests) if self.fits else []
        cost = least_of([found[2:] for found in tries])[1]
        return [(units, level) for units, level, _, usd, _ in tries if usd is not None and usd == cost]


def least_of(priced):
    """The cheapest of some (feasible, cost, known part); unknown where nothing feasible has a whole price."""
    feasible = [one for one in priced if one[0]]
    if not feasible:
        return False, None, Fraction(0)
    known = [one for one in feasible if one[1] is not None]
    return min(known, key=lambda one: one[1]) if known else min(feasible, key=lambda one: one[2])


# ---------------------------------------------------------------- sizes left open

WAYS = {
    "lambda": LambdaWay,
    "fargate": FargateWay,
    "ec2": Ec2Way,
    "hybrid": HybridWay,
    "ecs_managed_instances": EcsManagedWay,
    "lambda_managed_instances": LambdaManagedWay,
    "lambda_web": LambdaWebWay,
}
# What a kind does not run on, by the size in a type's name.
NOT_TAKEN = {
    "ec2": (),
    "ecs_managed_instances": ("nano", "micro"),
    "lambda_managed_instances": ("nano", "micro", "small", "medium", "metal"),
}


def way_of(document, given, load):
    return WAYS[given["kind"]](document, given, load)


def number(text):
    return float(text) if "." in str(text) else int(text)


@cache
def priced_types(region):
    """((instance type, purchase), ...) of the book."""
    known = oracle_compare.instance_types()
    pairs = [
        tuple(item.rsplit("/", 1)) for service, item, where in oracle.book() if (service, where) == ("ec2", region)
    ]
    return tuple(pair for pair in pairs if pair[0] in known)


PROCESSORS = ("x86_64", "arm64")


def on_processors(document, given):
    """The option on each processor that it may have: of those whose time is priced, where one is."""
    if given["kind"] not in ("lambda", "fargate") or given.get("architecture") != "any":
        return [given]
    each = [given | {"architecture": name} for name in PROCESSORS if name == "x86_64" or given.get("os") != "windows"]
    priced = [one for one in each if all(first_rate(document, given["kind"], item) for item in time_items(one))]
    return priced or each


def time_items(given):
    if given["kind"] == "lambda":
        return [f"duration/{given['architecture']}"]
    where = f"{given['architecture']}/{given.get('os', 'linux')}/{given.get('purchase', 'on_demand')}"
    return [f"vcpu_hour/{where}", f"gb_hour/{where}"]


def candidates(document, given):
    """Every option of given size and processor that an option stands for: itself where nothing is left open.

    Each says in `kept_free` which share of its memory stays free because it was chosen: needed memory is at most the
    rest, and processes and requests share that.
    """
    return [size for one in on_processors(document, given) for size in sizes(document, one)]


def sizes(document, given):
    kind, free = given["kind"], {"kept_free": document.get("memory_headroom", 0.2)}
    if kind == "lambda" and given["memory_mb"] == "auto":
        return [given | free | {"memory_mb": size} for size in LAMBDA_SIZES_MB]
    if kind == "fargate" and given.get("size") == "auto":
        rest = {name: value for name, value in given.items() if name != "size"}
        system = given.get("os", "linux")
        return [
            rest | free | {"vcpu": number(vcpu), "memory_gb": number(gb)}
            for vcpu, gb, of in oracle.task_sizes()
            if of == system
        ]
    if kind in NOT_TAKEN and given["instance_type"] == "auto":
        return [one | free for one in ec2_candidates(document, given)]
    if kind == "hybrid":
        overflow = given.get("overflow") or next(
            (o for o in document["options"] if o["kind"] == "lambda"),
            {"kind": "lambda", "memory_mb": "auto", "architecture": document.get("architecture", "x86_64")},
        )
        bases, overs = candidates(document, given["base"]), candidates(document, overflow)
        return [given | {"base": base, "overflow": over} for base, over in product(bases, overs)]
    return [given]


def ec2_candidates(document, given):
    rest = {name: value for name, value in given.items() if name not in {"families", "architecture", "purchases"}}
    rest = {"cpu_credits": "unlimited"} | rest if given["kind"] == "ec2" else rest  # of a type that is chosen, T2 too
    purchases = given.get("purchases") or [given.get("purchase", "on_demand")]
    families, processor = given.get("families"), given.get("architecture")
    types = oracle_compare.instance_types()
    types = {name: row for name, row in types.items() if is_taken(given["kind"], name, row)}
    own = [tuple(item.rsplit("/", 1)) for service, item in own_prices(document) if service == "ec2" and "/" in item]
    pairs = [*priced_types(document.get("region", "us-east-1")), *(pair for pair in own if pair[0] in types)]
    return [
        rest | {"instance_type": name, "purchase": purchase}
        for name, purchase in dict.fromkeys(pairs)
        if name in types
        and purchase in purchases
        and (families is None or name.split(".")[0] in families)
        and processor in (None, "any", types[name]["architecture"])
    ]


def is_taken(kind, name, row):
    size = name.split(".")[1]
    burns = kind == "lambda_managed_instances" and row["burstable"] == "true"
    return not burns and not any(size == one or one == "metal" in size for one in NOT_TAKEN[kind])


def cheapest_size(priced):
    """What an option of open size costs: one without a whole bill stands for it where it may be the cheapest (M9)."""
    feasible = [one for one in priced if one[0]]
    return min(feasible, key=lambda one: (one[2], one[1] is not None)) if feasible else (False, None, Fraction(0))


class Open:
    """An option whose size may be left open: the cheapest whole bill of its candidates."""

    def __init__(self, document, given, load):
        self.ways = [way_of(document, one, load) for one in candidates(document, given)]

    def cost(self, requests):
        return cheapest_size([way.cost(requests) for way in self.ways])

    def chosen(self, requests):
        """The candidates that share the least cost."""
        priced = [way.cost(requests) for way in self.ways]
        best = cheapest_size(priced)[1]
        return [way for way, one in zip(self.ways, priced, strict=True) if best is not None and one[1] == best]


def option(document, place):
    document = plain(document)
    document.setdefault("include", ["compute", "front_door"])
    return Open(document, document["options"][place], Load(document))


def options(document):
    return [option(document, place) for place in range(len(document["options"]))]


def costs(document, requests=None):
    """For each option: (feasible, cost or None where a price is missing, the known part)."""
    requests = document["workload"]["requests_per_month"] if requests is None else requests
    return [option.cost(requests) for option in options(document)]


def chosen(document, place, requests=None):
    """The concrete options, as documents, that are cheapest for the option at a place."""
    requests = document["workload"]["requests_per_month"] if requests is None else requests
    found = option(document, place).chosen(requests)
    return [{name: value for name, value in way.given.items() if name != "kept_free"} for way in found]


def unit_hours(document, place, requests=None):
    """Unit-hours of a month of the cheapest choice of the option at a place; None for a Lambda, or where none serves."""
    requests = document["workload"]["requests_per_month"] if requests is None else requests
    found = option(document, place).chosen(requests)
    if not found or found[0].kind == "lambda":
        return None
    way = found[0]
    if way.kind == "hybrid":
        return way.best(requests)[0][0] * way.load.hours
    return way.unit_hours(requests)


def fleet(document, place, requests=None):
    """Units of each of the 168 hours of the cheapest choice of the option at a place."""
    requests = document["workload"]["requests_per_month"] if requests is None else requests
    way = option(document, place).chosen(requests)[0]
    if way.kind == "hybrid":
        return [way.best(requests)[0][0]] * WEEK_HOURS
    return way.running(requests)


# ---------------------------------------------------------------- maps


def winner(document):
    """The place of the cheapest option, the earlier one where two tie; None where nobody may win (M9)."""
    best = oracle_compare.cheapest(costs(document))
    return best[0] if best else None


def winners(document, over, xs, ys):
    """The places of the winners at each point of two fields: one row for each y, one column for each x."""
    across, up = over
    return [
        [winner(oracle_compare.with_value(oracle_compare.with_value(document, up, y), across, x)) for x in xs]
        for y in ys
    ]
