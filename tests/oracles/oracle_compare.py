"""An independent oracle of comparisons: capacity, bills and crossovers, in exact fractions.

It shares no code with the package, and was written from the rules M1 to M10 of the design without
reading the package's models. `costs(document, requests)` is the heart: what each option of a
scenario costs and whether it can carry the load. `changes(document)` finds by brute force every
place of the axis where the cheapest option changes.

What the rules leave open, and how it is read here:
- one balancer stands all month; new connections a second = mean requests a second over requests a
  connection; active connections = mean requests in flight on that option's unit; gigabytes an hour
  count requests and responses, and 2.5 times for Lambda targets (AWS: 0.4 GB an hour fill one LCU);
- an HTTP API is metered in steps of 512 KB of the request;
- more than 1,000 Lambda requests in flight is a warning: that quota can be raised;
- a fixed number of `units` must carry what rule M6 asks for; `min_units` chooses a number, so it plays no part;
- CPU credits are kept by each instance, hour by hour (`oracle_credits`); the newest instance ends first;
- the memory limit of a unit has no share of utilisation: memory is full or it is not.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from math import ceil, floor, lcm

import oracle
import oracle_credits
import oracle_regular
import oracle_services
from oracle import exact

WEEK_HOURS = 168
LAMBDA_MB_PER_VCPU = 1769
LAMBDA_LONGEST_MS = 900_000
NOBODY = None


# ---------------------------------------------------------------- the workload (M1, M3)


class Load:
    """What must be served: the defaults of a scenario filled in, as fractions."""

    def __init__(self, document):
        given = document["workload"]
        self.hours = exact(document.get("hours_per_month", 730))
        self.measured_mb = exact(given.get("measured_memory_mb", first_lambda_mb(document)))
        self.duration_ms = exact(given["duration_ms"])
        self.threads = exact(given.get("cpu_threads", 1))
        measured_vcpu = min(self.measured_mb / LAMBDA_MB_PER_VCPU, self.threads)
        if "cpu_ms" in given:
            self.cpu_ms = exact(given["cpu_ms"])
        else:
            self.cpu_ms = exact(given["busy_share"]) * self.duration_ms * measured_vcpu
        self.io_ms = self.duration_ms - self.cpu_ms / measured_vcpu
        self.working_set_mb = exact(given["working_set_mb"])
        self.request_mb = exact(given.get("request_mb", 0))
        self.in_flight_per_process = exact(given.get("concurrency_per_process", 1000))
        # One's own share of cold requests, whatever the traffic.
        named = ("init_ms", "cold_fraction")
        self.cold = {name: given[name] for name in named} if "cold_fraction" in given else {}
        # Equally spaced requests have a rule of their own (oracle_regular); of random ones no number is known here.
        self.regular_init_ms = given.get("init_ms") if given.get("arrivals") == "regular" and not self.cold else None
        self.request_kb = exact(given.get("request_kb", 1))
        self.response_kb = exact(given.get("response_kb", 4))
        self.requests_per_connection = exact(given.get("requests_per_connection", 1))
        traffic = given.get("traffic", {"shape": "flat"})
        self.burst = exact(traffic.get("burst", 1.5))
        # For one request a month: mean requests a second (M1), and what a weight of 1 adds to it.
        self.whole_week = whole_week(tuple(traffic.get("hourly", [1] * WEEK_HOURS)))
        self.week = Counter(self.whole_week)
        self.mean_rps = 1 / (3600 * self.hours)
        self.weight_rps = self.mean_rps * WEEK_HOURS / sum(weight * hours for weight, hours in self.week.items())
        # Of one request a month: mean and peak requests a second, by kind of hour; a burst is a kind of its own.
        self.left = Fraction(1)  # of each hour of the week, outside bursts
        self.bursts = self.take_bursts(traffic.get("bursts", []), given["requests_per_month"])
        self.rates = {weight: weight * self.weight_rps for weight in self.week if not isinstance(weight, tuple)}
        self.peaks = {weight: rate * self.burst for weight, rate in self.rates.items()}
        for key, (rate, *_) in self.bursts.items():
            self.rates[key] = self.peaks[key] = rate

    def wall_ms(self, vcpu):
        return self.io_ms + self.cpu_ms / min(vcpu, self.threads)

    def take_bursts(self, given, requests):
        """Put bursts into the week: their hours are taken from all others, and so are their requests."""
        found, rest, time = {}, Fraction(1), Fraction(1)
        for place, one in enumerate(given):
            many, long_s = exact(one["per_month"]), exact(one["minutes"]) * 60
            share = many * long_s * exact(one["rps"]) / requests
            found["burst", place] = (share / (many * long_s), many, long_s)
            rest, time = rest - share, time - many * long_s / (3600 * self.hours)
        if found:
            self.usual, self.left = dict(self.week), time
            self.week = Counter({weight: hours * time for weight, hours in self.week.items()})
            self.weight_rps *= rest / time
            for key, (_, many, long_s) in found.items():
                self.week[key] = many * long_s / 3600 / self.hours * WEEK_HOURS
        return found


@cache
def whole_week(hourly):
    """The week's weights as whole numbers."""
    weights = [exact(weight) for weight in hourly]
    scale = lcm(*(weight.denominator for weight in weights))
    return [int(weight * scale) for weight in weights]


def first_lambda_mb(document):
    sizes = [o["memory_mb"] for o in document["options"] if o["kind"] == "lambda"]
    return sizes[0] if sizes else LAMBDA_MB_PER_VCPU


# ---------------------------------------------------------------- what surrounds the compute


def front_door_rows(load, door, target, wall_ms, requests):
    """The usage of a front door, whichever compute stands behind it (M8)."""
    if door == "http_api":
        return [{"service": "api_gateway_http", "requests": requests, "request_kb": load.request_kb}]
    if door == "rest_api":
        return [{"service": "api_gateway_rest", "requests": requests}]
    if door == "alb":
        rps = requests * load.mean_rps
        gb_per_hour = rps * 3600 * (load.request_kb + load.response_kb) / 1024**2
        return [
            {
                "service": "alb",
                "hours": load.hours,
                "new_connections_per_s": rps / load.requests_per_connection,
                "active_connections": rps * wall_ms / 1000,
                "gb_per_hour": gb_per_hour * (Fraction(5, 2) if target == "lambda" else 1),
            }
        ]
    return []


# ---------------------------------------------------------------- one option


class Option:
    """One way to run it. `cost(requests)` gives (feasible, cost or None, known part)."""

    default_door = "alb"

    def __init__(self, document, given, load):
        self.document, self.given, self.load = document, given, load
        self.include = document.get("include", ["compute", "front_door"])
        usual = "none" if given.get("invocation") == "async" else self.default_door
        self.door = given.get("front_door", usual)
        self.kind = given["kind"]

    def compute_rows(self, requests):
        raise NotImplementedError

    def can_carry(self, requests):
        raise NotImplementedError

    def usage(self, requests):
        rows = self.compute_rows(requests) if "compute" in self.include else []
        if "front_door" in self.include:
            rows = rows + self.door_rows(requests)
        rows = rows + self.service_rows(requests)
        names = ("region", "hours_per_month", "free_tier", "prices")
        return {name: self.document[name] for name in names if name in self.document} | {"usage": rows}

    def door_rows(self, requests):
        rows = front_door_rows(self.load, self.door, self.kind, self.wall_ms, requests)
        if self.given.get("streamed"):
            rows = [row | {"streamed_mb": self.load.response_kb / 1024} for row in rows]
        return rows

    def service_rows(self, requests):
        """What requests use of the services around: so much each, and so much a month."""
        rows = []
        for use in self.document.get("services", []) if "services" in self.include else []:
            names = use.get("options", "all")
            if names != "all" and not {self.given["kind"], self.given.get("label")} & set(names):
                continue
            row, each = dict(use.get("per_month", {})), dict(use.get("per_request", {}))
            many = Fraction(requests)
            if use["service"] == "cloudfront":
                work = self.document["workload"]
                many = many / (1 - exact(use.get("hit_share", 0)))
                each["https_requests"] = 1
                each["gb_out"] = exact(work.get("response_kb", 4)) / 1024**2
                each["gb_to_origin"] = exact(work.get("request_kb", 1)) / 1024**2 * requests / many if many else 0
            for name, value in each.items():
                is_size = name.endswith("_kb")
                row[name] = exact(value) if is_size else exact(row.get(name, 0)) + exact(value) * many
            if "per_unit_hour" in use:
                stands = self.stands(requests)
                rows_of = self.compute_rows(requests) if stands else []
                hours = [one.get("task_hours", one.get("instance_hours", 0)) for one in rows_of]
                for name, value in use["per_unit_hour"].items():
                    row[name] = exact(row.get(name, 0)) + exact(value) * sum(map(exact, hours), Fraction(0))
            rows.append({**row, "service": use["service"]})
        return rows

    def stands(self, requests):
        """Whether there is a fleet: none that keeps to its limits brings nothing by the hour."""
        return getattr(self, "running", lambda _: True)(requests) is not None

    def service_edges(self):
        """Where what they use passes the end of a tier, or of a free quantity, of its own."""
        found = set()
        none, one = self.service_rows(0), self.service_rows(1)
        for first, second in zip(none, one, strict=True):
            name = first["service"]
            pots = [oracle.book()[of, pot, "any"][-1][1] for of, pot, _ in oracle_services.FREE if of == name]
            charges = [oracle.CHARGES[name](row, self.document) for row in (first, second)]
            for (item, start), (_, upto) in zip(*charges, strict=True):
                ends = tier_ends(name, item, self.document.get("region", "us-east-1"))
                for end in {tier + less for tier in (*ends, Fraction(0)) for less in (Fraction(0), *pots)}:
                    if upto > start:
                        found.add(floor((end - start) / (upto - start)))
        return found

    @cached_property
    def people_usd(self):
        if "operations" not in self.include:
            return Fraction(0)
        hours = exact(self.given.get("operations_hours", 0))
        return hours * exact(self.document["operations"]["wage_usd_per_hour"]) if hours else Fraction(0)

    def other_usd(self, requests):
        """The reader's own costs: so much a month, a million requests, a GB that is sent, an hour of a unit."""
        work, usd = self.document["workload"], Fraction(0)
        for cost in self.document.get("other_costs", []):
            names = cost.get("options", "all")
            if names != "all" and not {self.given["kind"], self.given.get("label")} & set(names):
                continue
            sent_kb = exact(work.get("response_kb", 4)) + exact(work.get("outbound_kb", 0))
            usd += exact(cost.get("usd_per_month", 0))
            usd += exact(cost.get("usd_per_million_requests", 0)) * requests / 1_000_000
            usd += exact(cost.get("usd_per_gb_out", 0)) * requests * sent_kb / 1024 / 1024
            if "usd_per_unit_hour" in cost:
                rows = self.compute_rows(requests)
                hours = [row.get("task_hours", row.get("instance_hours", 0)) for row in rows]
                usd += exact(cost["usd_per_unit_hour"]) * sum(map(exact, hours), Fraction(0))
        return usd

    def cost(self, requests):
        if not self.can_carry(requests):
            return False, None, Fraction(0)
        bill = oracle.bill(self.usage(requests))
        total, more = bill["exact_usd"], self.people_usd + self.other_usd(requests)
        return True, None if total is None else total + more, bill["known_usd"] + more

    # Places between which the bill is straight: for the places e given here, it is straight over
    # the whole numbers of each stretch e+1 .. next e.

    def edges(self, start, to):
        found = {0} | self.price_edges() | self.fleet_edges(start, to)
        return sorted(edge for edge in found if start <= edge < to)

    def fleet_edges(self, start, to):
        return set()

    def unit_edges(self, start, to):
        """Of these the places where the fleet itself changes."""
        return self.fleet_edges(start, to)

    def many_edges(self, start, to):
        """About how many edges to expect, without working them out."""
        return 5

    def price_edges(self):
        """Where a tier or a free quantity of what grows with requests ends. One too many does no harm."""
        found = set()
        free = [
            oracle.book()["lambda", pot, "any"][-1][1] for service, pot, _ in oracle.free_pots() if service == "lambda"
        ]
        for row in self.rows_by_request():
            each = Counter()  # initialisations share the tiers of durations
            for item, quantity in oracle.CHARGES[row["service"]](row, self.document):
                each[item.removesuffix(oracle.INIT)] += quantity
            for item, quantity in each.items():
                ends = tier_ends(row["service"], item, self.document.get("region", "us-east-1"))
                off = [Fraction(0), *(free if row["service"] == "lambda" else [])]
                if quantity:
                    found |= {floor((end + less) / quantity) for end in [*ends, Fraction(0)] for less in off}
        return found | self.service_edges()

    def rows_by_request(self):
        """The usage of one request that has tiers. (No tiers: fleets and balancers.)"""
        one = Fraction(1)
        return front_door_rows(self.load, self.door, self.kind, self.wall_ms, one) if self.door != "alb" else []


@cache
def tier_ends(service, item, region):
    tiers = oracle.book().get((service, item, region), [])
    return tuple(high for _, high, _ in tiers if high is not None)


class LambdaOption(Option):
    """Rules M3, M7: billed by what runs; three limits."""

    default_door = "http_api"

    @cached_property
    def wall_ms(self):
        return self.load.wall_ms(exact(self.given["memory_mb"]) / LAMBDA_MB_PER_VCPU)

    @cached_property
    def fits(self):
        needed_mb = self.load.working_set_mb + self.load.request_mb
        return needed_mb <= exact(self.given["memory_mb"]) and self.wall_ms <= LAMBDA_LONGEST_MS

    def can_carry(self, requests):
        return self.fits

    @cached_property
    def regular(self):
        """Cold starts along requests where these are equally spaced; None where none are counted."""
        if self.load.regular_init_ms is None:
            return None
        warm_s, init_s = self.wall_ms / 1000, exact(self.load.regular_init_ms) / 1000
        keep_s = exact(self.given.get("keep_alive_s", 320))
        week = self.load.whole_week
        return oracle_regular.Month(week, self.load.hours, warm_s, warm_s + init_s, keep_s)

    def fleet_edges(self, start, to):
        """Places between which cold starts are a straight line, and where a tier ends that they share."""
        if self.regular is None:
            return set()
        knots = [knot for knot in self.regular.knots if start <= knot <= to]
        found, item = set(knots), f"duration/{self.given.get('architecture', 'x86_64')}"
        tiers = tier_ends("lambda", item, self.document.get("region", "us-east-1"))
        free = oracle.book()["lambda", "free_tier_duration", "any"][-1][1]
        for end in {tier + less for tier in (*tiers, Fraction(0)) for less in (Fraction(0), free)}:
            for low, high in pairwise(sorted({start, *knots, to})):
                at = [self.gb_seconds(place) - end for place in (low, high)]
                if at[0] < 0 < at[1]:
                    found.add(floor(low + (high - low) * -at[0] / (at[1] - at[0])))
        return found

    def unit_edges(self, start, to):
        return set()

    def gb_seconds(self, requests):
        """Durations, and initialisations, which share their tiers and free quantity."""
        charges = oracle.CHARGES["lambda"](self.compute_rows(requests)[0], self.document)
        return sum(quantity for item, quantity in charges if item.startswith("duration"))

    def rows_by_request(self):
        return self.compute_rows(Fraction(1)) + super().rows_by_request()

    def compute_rows(self, requests):
        given, called = self.given, {}
        if given.get("streamed"):
            called["streamed"] = [{"requests": requests, "mb_each": self.load.response_kb / 1024}]
        if given.get("invocation") == "async":
            called["event_kb"] = self.load.request_kb
        return [
            called
            | {
                "service": "lambda",
                "architecture": given.get("architecture", "x86_64"),
                "requests": requests,
                "duration_ms": self.wall_ms,
                "memory_mb": given["memory_mb"],
                "ephemeral_mb": given.get("ephemeral_mb", 512),
            }
            | self.load.cold
            | ({} if self.regular is None else self.started(requests))
        ]

    def started(self, requests):
        return {"init_ms": self.load.regular_init_ms, "cold_starts": self.regular.cold(requests)}


class FleetOption(Option):
    """Rules M5, M6: whole units, hour by hour of the week."""

    def __init__(self, document, given, load):
        super().__init__(document, given, load)
        self.target = exact(given.get("target_utilisation", 0.6))
        self.zones = given.get("zones", 2)
        self.survive = given.get("survive_zone_loss", True)
        self.least = given.get("min_units", 2)
        self.most = given.get("max_units")
        self.units = given.get("units")
        self.fixed = given.get("scaling", "hourly") == "fixed"
        self.baseline = None  # of a burstable type, a share of each vCPU
        self.unlimited, self.known = False, {}
        self.size()
        self.wall_ms = load.wall_ms(self.vcpu)
        # of a size that was chosen a share stays free
        memory_mb = self.memory_mb * (1 - exact(given.get("kept_free", 0))) - self.reserved_mb
        self.processes = min(max(1, floor(self.vcpu)), floor(memory_mb / load.working_set_mb))
        self.processes = given.get("processes", self.processes)  # as many as are said, whether they fit or not
        self.beside_mb = memory_mb - self.processes * load.working_set_mb
        self.holds = self.processes >= 1 and self.beside_mb >= load.request_mb
        if self.holds:
            self.rps_target, self.rps_full = self.rps(self.target), self.rps(Fraction(1))
        self.peaks = load.peaks

    def limits(self, u):
        """What one unit carries at utilisation u, by what binds. [requests a second] (M5)"""
        load, wall_s = self.load, self.wall_ms / 1000
        found = {"slots": self.processes * load.in_flight_per_process * u / wall_s}
        if load.cpu_ms:
            found["cpu"] = self.vcpu * u * 1000 / load.cpu_ms
        if load.request_mb:
            found["memory"] = self.beside_mb / load.request_mb / wall_s
        return found

    def rps(self, u):
        return min(self.limits(u).values())

    def needed(self, peak_rps):
        """The smallest number of units (M6); None where no number is enough."""
        units = max(self.least if self.units is None else 0, ceil(peak_rps / self.rps_target))
        if self.survive and peak_rps > 0:
            if self.zones == 1:
                return None
            left = ceil(peak_rps / self.rps_full)  # units that must be left
            # n - ceil(n / z) = floor(n (z - 1) / z), which reaches `left` first at:
            units = max(units, ceil(Fraction(left * self.zones, self.zones - 1)))
        return units

    def fleet(self, requests):
        """Units of each kind of hour, {weight: units}; None where no allowed number is enough."""
        if not self.holds:
            return None
        needed = {weight: self.needed(peak * requests) for weight, peak in self.peaks.items()}
        if None in needed.values():
            return None
        most = max(needed.values())
        if self.units is not None:
            return dict.fromkeys(needed, self.units) if most <= self.units else None
        if self.most is not None and most > self.most:
            return None
        return dict.fromkeys(needed, most) if self.fixed else needed

    def can_carry(self, requests):
        return self.running(requests) is not None

    @property
    def standard(self):
        return self.baseline is not None and not self.unlimited

    @property
    def each(self):
        """vCPU-hours that one request a month uses in each hour of the week."""
        return [weight * self.load.weight_rps * self.load.cpu_ms / 1000 for weight in self.load.whole_week]

    def running(self, requests):
        """Units in each hour of the week; None where no allowed number is enough."""
        if (requests, "units") not in self.known:
            self.known[requests, "units"] = self.sustained(requests) if self.standard else self.hour_by_hour(requests)
        return self.known[requests, "units"]

    def hour_by_hour(self, requests):
        units = self.fleet(requests)
        return None if units is None else [units[weight] for weight in self.load.whole_week]

    def sustained(self, requests):
        """On `standard` credits (M5)."""
        if not self.holds:
            return None
        needed = [self.needed(self.peaks[weight] * requests) for weight in self.load.whole_week]
        in_bursts = {key: self.needed(self.peaks[key] * requests) for key in self.load.bursts}
        if None in needed or None in in_bursts.values():
            return None
        earned = self.vcpu * self.baseline
        if self.load.bursts:
            return self.sustained_with_bursts(requests, needed, in_bursts, earned)
        if self.units is not None or self.fixed:
            used = [one * requests for one in self.each]
            needed = [max(*needed, oracle_credits.standing(used, earned))] * WEEK_HOURS
        else:
            needed, _ = oracle_credits.standard_week_from(self.each, needed, earned, requests, requests)
        most = max(needed)
        if self.units is not None:
            return [self.units] * WEEK_HOURS if most <= self.units else None
        return None if self.most is not None and most > self.most else needed

    def sustained_with_bursts(self, requests, needed, in_bursts, earned):
        """On `standard` credits where each hour has an even part of each kind of burst; units in those beside."""
        if self.units is not None or self.fixed:
            raise NotImplementedError("what stands on full credits through bursts at any time")
        load, vcpu_s = self.load, requests * self.load.cpu_ms / 1000
        used = [load.rates[weight] * vcpu_s for weight in load.whole_week]
        bursts = [
            (rate * vcpu_s, in_bursts[key], load.week[key] / WEEK_HOURS, long_s / 3600)
            for key, (rate, _, long_s) in load.bursts.items()
        ]
        units, sizes = oracle_credits.standard_week_with_bursts(used, needed, bursts, earned)
        if self.most is not None and max([*units, *(one for hour in sizes for one in hour)]) > self.most:
            return None
        self.known[requests, "bursts"] = dict(zip(load.bursts, zip(*sizes, strict=True), strict=True))
        return units

    def in_bursts(self, requests):
        """Units of each kind of burst in each hour of the week."""
        if self.standard:
            self.running(requests)
            return self.known[requests, "bursts"]
        units = self.fleet(requests)
        return {key: [units[key]] * WEEK_HOURS for key in self.load.bursts}

    def unit_hours(self, requests):
        """Unit-hours in a month: hours/168 copies of the week (M1)."""
        load, running = self.load, self.running(requests)
        whole = sum(running) * load.left
        for key, units in self.in_bursts(requests).items() if load.bursts else ():
            whole += sum(units) * load.week[key] / WEEK_HOURS
        whole *= load.hours / WEEK_HOURS
        for key, (_, many, long_s) in load.bursts.items():  # what starts for a burst is paid for some time at least
            more = sum(max(a - b, 0) for a, b in zip(self.in_bursts(requests)[key], running, strict=True))
            whole += many * Fraction(more, WEEK_HOURS) * (self.paid_s(long_s) - long_s) / 3600
        return whole

    least_s = 60

    def paid_s(self, long_s):
        return max(long_s, self.least_s)

    def surplus_hours(self, requests, units=None):
        """vCPU-hours charged in a month beyond the credits of each instance."""
        if not self.unlimited:
            return Fraction(0)
        units = self.fleet(requests) if units is None else units
        load, earned, vcpu_s = self.load, self.vcpu * self.baseline, requests * self.load.cpu_ms / 1000
        used = [load.rates[weight] * vcpu_s for weight in load.whole_week]
        running = [units[weight] for weight in load.whole_week]
        if load.bursts:
            bursts = [
                (rate * vcpu_s, units[key], load.week[key] / WEEK_HOURS) for key, (rate, *_) in load.bursts.items()
            ]
            week = oracle_credits.charged_with_bursts(used, running, bursts, earned)
        else:
            week = oracle_credits.charged(used, running, earned)
        return week * self.load.hours / WEEK_HOURS

    def many_edges(self, start, to):
        if not self.holds:
            return 1
        kinds = [max(self.peaks.values())] if self.fixed or self.units is not None else self.peaks.values()
        steps = sum(2 + int((to - start) * peak / rps) for peak in kinds for rps in {self.rps_target, self.rps_full})
        if self.standard:
            most = max(self.each) if self.fixed or self.units is not None else sum(self.each)
            return steps + 10 * int((to - start) * most / self.vcpu / self.baseline)
        return steps * (4 if self.unlimited else 1)

    def fleet_edges(self, start, to):
        steps = self.unit_edges(start, to)
        return steps | (self.surplus_edges(start, to, steps) if self.unlimited and self.holds else set())

    def unit_edges(self, start, to):
        if not self.holds:
            return set()
        steps = self.load_edges(start, to)
        return steps | self.credit_edges(start, to, steps) if self.standard else steps

    def credit_edges(self, start, to, steps):
        """Where the fleet on `standard` credits changes, within each stretch of constant needs of the load."""
        found, inside = set(), sorted(step for step in steps if start <= step < to)
        for low, high in zip([start, *(s + 1 for s in inside)], [*inside, to], strict=True):
            if self.fixed or self.units is not None:
                found |= self.standing_edges(low, high)
                continue
            at = low
            while at <= high:
                if (last := self.same_fleet_until(at, high)) is None:
                    break
                found.add(last)
                at = last + 1
        return found

    def same_fleet_until(self, requests, high):
        """The last requests up to `high` with the same fleet on `standard` credits, if the load asks for no other."""
        needed = [self.needed(self.peaks[weight] * requests) for weight in self.load.whole_week]
        earned = self.vcpu * self.baseline
        return (
            None if None in needed else oracle_credits.standard_week_from(self.each, needed, earned, requests, high)[1]
        )

    def standing_edges(self, low, high):
        """The last requests of each number of instances that stand all week."""

        def units(requests):
            return oracle_credits.standing([one * requests for one in self.each], self.vcpu * self.baseline)

        if high <= low or units(low) == units(high):
            return set()
        if high == low + 1:
            return {low}
        middle = (low + high) // 2
        return self.standing_edges(low, middle) | self.standing_edges(middle, high)

    def load_edges(self, start, to):
        if self.fixed or self.units is not None:
            return self.steps_of(max(self.peaks.values()), start, to)
        return set().union(*(self.steps_of(peak, start, to) for peak in self.peaks.values()))

    def steps_of(self, peak, start, to):
        """The last whole number of requests that k units carry, for each k and both conditions."""
        if peak == 0:
            return set()
        found = set()
        for rps in (self.rps_target, self.rps_full):
            first, last = floor(start * peak / rps), ceil(to * peak / rps)
            if last - first > 200_000:
                raise ValueError("more steps than brute force can take")
            found |= {floor(k * rps / peak) for k in range(first, last + 1)}
        return found

    def surplus_edges(self, start, to, steps):
        """Where what is charged for CPU credits bends, within each stretch of constant units."""
        found, inside = set(), sorted(step for step in steps if start <= step < to)
        for low, high in zip([start, *(s + 1 for s in inside)], [*inside, to], strict=True):
            units = self.fleet(low) if low <= high else None
            if units is not None:
                found |= oracle_credits.bends(lambda at, units=units: self.surplus_hours(at, units), low, high)
        return found


class FargateOption(FleetOption):
    def size(self):
        self.least_s = 300 if self.given.get("os") == "windows" else 60
        self.vcpu = exact(self.given["vcpu"])
        self.memory_mb = exact(self.given["memory_gb"]) * 1024
        self.reserved_mb = Fraction(0)

    def compute_rows(self, requests):
        names = ("architecture", "os", "purchase", "vcpu", "memory_gb", "ephemeral_gb")
        row = {name: self.given[name] for name in names if name in self.given}
        return [{"service": "fargate", **row, "task_hours": self.unit_hours(requests)}]


@cache
def instance_types():
    return {row["instance_type"]: row for row in oracle.rows_of("instance_types.csv")}


class Ec2Option(FleetOption):
    def size(self):
        kind = instance_types()[self.given["instance_type"]]
        self.vcpu = Fraction(kind["vcpu"])
        self.memory_mb = Fraction(kind["memory_gib"]) * 1024
        self.reserved_mb = exact(self.given.get("reserved_mb", 300))
        if kind["burstable"] == "true":
            self.baseline = Fraction(kind["baseline_fraction"])
            # EC2 User Guide, "Standard mode for burstable performance instances": a T2 is launched as standard.
            usual = "standard" if self.given["instance_type"].startswith("t2.") else "unlimited"
            self.unlimited = self.given.get("cpu_credits", usual) == "unlimited"

    def compute_rows(self, requests):
        hours = self.unit_hours(requests)
        row = {
            "service": "ec2",
            "instance_type": self.given["instance_type"],
            "instance_hours": hours,
            "purchase": self.given.get("purchase", "on_demand"),
        }
        surplus = self.surplus_hours(requests)
        if surplus:
            row["surplus_credit_vcpu_hours"] = surplus
        return [row, {"service": "ebs", "volume": "gp3", "gb": self.given.get("ebs_gb", 8), "hours": hours}]


class EcsManagedOption(Ec2Option):
    def compute_rows(self, requests):
        rows = super().compute_rows(requests)
        fee = {"service": "ecs_managed", "instance_type": self.given["instance_type"]}
        return [*rows, fee | {"instance_hours": self.unit_hours(requests)}]


class LambdaManagedOption(FleetOption):
    """A function on instances: environments of some memory, at most one a whole vCPU, each with many requests."""

    default_door = "http_api"

    def __init__(self, document, given, load):
        super().__init__(document, {"zones": 3, "min_units": 3} | given, load)

    def size(self):
        kind = instance_types()[self.given["instance_type"]]
        self.vcpu = Fraction(kind["vcpu"]) - exact(self.given.get("reserved_vcpu", 0))
        self.memory_mb = Fraction(kind["memory_gib"]) * 1024
        self.reserved_mb = exact(self.given.get("reserved_mb", 0))

    @cached_property
    def environment_mb(self):
        return exact(self.given.get("memory_gb", 2)) * 1024

    @cached_property
    def environments(self):
        by_memory = floor((self.memory_mb - self.reserved_mb) / self.environment_mb)
        return self.given.get("processes", min(max(1, floor(self.vcpu)), by_memory))

    def limits(self, u):
        at_once = self.given.get("requests_at_once")
        at_once = min(self.load.in_flight_per_process, 1600) if at_once is None else at_once
        wall_s, found = self.wall_ms / 1000, {}
        environments = self.environments
        found["slots"] = environments * at_once * u / wall_s
        if self.load.cpu_ms:
            found["cpu"] = self.vcpu * u * 1000 / self.load.cpu_ms
        if self.load.request_mb:
            left_mb = environments * (self.environment_mb - self.load.working_set_mb)
            found["memory"] = left_mb / self.load.request_mb / wall_s
        return found

    def fleet(self, requests):
        if self.load.working_set_mb + self.load.request_mb > self.environment_mb or self.wall_ms > LAMBDA_LONGEST_MS:
            return None
        together_mb = self.environments * self.environment_mb
        if "processes" in self.given and (
            together_mb > self.memory_mb - self.reserved_mb or self.environments > self.vcpu
        ):
            return None
        self.holds = True
        self.rps_target, self.rps_full = self.rps(self.target), self.rps(Fraction(1))
        return super().fleet(requests)

    def many_edges(self, start, to):
        return 1 if self.fleet(1) is None else super().many_edges(start, to)

    def fleet_edges(self, start, to):
        return set() if self.fleet(1) is None else super().fleet_edges(start, to)

    def usage(self, requests):
        self.kind = "lambda"  # what a load balancer sends to
        return super().usage(requests)

    def compute_rows(self, requests):
        hours, kind = self.unit_hours(requests), self.given["instance_type"]
        row = {"service": "lambda_managed_instances", "instance_type": kind, "instance_hours": hours}
        return [row | {"requests": requests, "purchase": "on_demand"}]


class LambdaWebOption(LambdaManagedOption):
    """Environments of 2 vCPU and 2 GB; the first of an hour lives only while requests keep it."""

    default_door = "none"

    def __init__(self, document, given, load):
        defaults = {"min_units": 0, "survive_zone_loss": False, "requests_at_once": 64}
        super().__init__(document, defaults | given, load)

    def size(self):
        self.vcpu, self.memory_mb, self.reserved_mb = Fraction(2), Fraction(2048), Fraction(0)

    @cached_property
    def kept_s(self):
        return exact(self.given.get("keep_alive_s", 320)) + self.wall_ms / 1000

    def limits(self, u):
        found = {"slots": self.given["requests_at_once"] * u / (self.wall_ms / 1000)}
        if self.load.cpu_ms:
            found["cpu"] = 2 * u * 1000 / self.load.cpu_ms
        if self.load.request_mb:
            found["memory"] = (2048 - self.load.working_set_mb) / self.load.request_mb / (self.wall_ms / 1000)
        return found

    def unit_hours(self, requests):
        week = Fraction(0)
        for weight, units in self.fleet(requests).items():
            rps = self.load.rates[weight] * requests
            lives = units - 1 + min(Fraction(1), rps * self.kept_s) if units else Fraction(0)
            week += self.load.week[weight] * lives
        units, left = self.fleet(requests), Fraction(0)
        for key, (_, many, _long_s) in self.load.bursts.items():  # what a burst starts lives for a keep-alive after it
            more = sum(hours * max(units[key] - units[weight], 0) for weight, hours in self.load.usual.items())
            left += many * more / WEEK_HOURS * exact(self.given.get("keep_alive_s", 320)) / 3600
        return week * self.load.hours / WEEK_HOURS + left

    def fleet_edges(self, start, to):
        if self.fleet(1) is None:
            return set()
        whole = {floor(1 / (rate * self.kept_s)) for rate in self.load.rates.values() if rate}
        return super().fleet_edges(start, to) | {place + more for place in whole for more in (-1, 0, 1)}

    def compute_rows(self, requests):
        cold, cold_s = self.load.cold, Fraction(0)
        if cold:  # an initialisation computes on one vCPU
            cold_s = requests * exact(cold["cold_fraction"]) * exact(cold["init_ms"]) / 1000
        cpu_s = requests * self.load.cpu_ms / 1000 + cold_s
        row = {"service": "lambda_web", "requests": requests, "active_cpu": cpu_s}
        return [row | {"memory": (self.unit_hours(requests) * 3600 + cold_s) * 2}]


KINDS = {
    "lambda": LambdaOption,
    "fargate": FargateOption,
    "ec2": Ec2Option,
    "ecs_managed_instances": EcsManagedOption,
    "lambda_managed_instances": LambdaManagedOption,
    "lambda_web": LambdaWebOption,
}


def with_processors(document):
    """The same scenario with its processor in the options, and parts of options, that may have either and say none."""
    wanted = document.get("architecture", "x86_64")
    return document | {"options": [with_processor(given, wanted) for given in document["options"]]}


def with_processor(given, wanted):
    if given["kind"] == "hybrid":
        parts = [name for name in ("base", "overflow") if given.get(name)]
        return given | {name: with_processor(given[name], wanted) for name in parts}
    if given.get("architecture") is not None:
        return given
    if given["kind"] in ("lambda", "fargate"):
        return given | {"architecture": "x86_64" if given.get("os") == "windows" else wanted}
    if given.get("instance_type") == "auto":
        families = given.get("families") or []
        theirs = {row["architecture"] for name, row in instance_types().items() if name.split(".")[0] in families}
        return given if len(theirs) == 1 else given | {"architecture": wanted}
    return given


def options(document):
    document = with_processors(document)
    load = Load(document)
    return [KINDS[given["kind"]](document, given, load) for given in document["options"]]


def costs(document: dict, requests: int) -> list:
    """For each option: (feasible, cost or None where a price is missing, the known part)."""
    return [option.cost(requests) for option in options(document)]


# ---------------------------------------------------------------- who wins (M9)


def cheapest(priced):
    """The places of the cheapest options, or none where nobody may win."""
    known = [cost for feasible, cost, _ in priced if feasible and cost is not None]
    if not known:
        return ()
    best = min(known)
    if any(feasible and cost is None and part <= best for feasible, cost, part in priced):
        return ()
    return tuple(i for i, (feasible, cost, _) in enumerate(priced) if feasible and cost == best)


class Run:
    """The winner along an axis: a tie does not end a run; a new run goes to the earlier option."""

    def __init__(self):
        self.begun, self.winner, self.last, self.changes = False, NOBODY, None, []

    def see(self, at, priced):
        best = cheapest(priced)
        if not (self.begun and (self.winner in best if best else self.winner is NOBODY)):
            winner = best[0] if best else NOBODY
            if self.begun:
                self.changes.append((at, self.winner, winner))
            self.begun, self.winner = True, winner
        self.last = at


def winners_and_pairs(count_options):
    """The runs to watch: all options, and the first against each other one."""
    return [tuple(range(count_options)), *((0, other) for other in range(1, count_options))]


def walk(points, count_options):
    """The changes of every run over (at, priced) pairs, which must hold every place of change."""
    groups = winners_and_pairs(count_options)
    runs = [Run() for _ in groups]
    for at, priced in points:
        for run, group in zip(runs, groups, strict=True):
            run.see(at, [priced[i] for i in group])
    return [
        [(at, *(NOBODY if who is NOBODY else group[who] for who in pair)) for at, *pair in run.changes]
        for run, group in zip(runs, groups, strict=True)
    ]


# ---------------------------------------------------------------- crossovers by brute force (M10)


class Piece:
    """One option over the whole numbers low..high, where its bill is straight."""

    def __init__(self, option, low, high):
        self.low, self.high = low, high
        feasible, total, first = option.cost(low)
        self.feasible, self.complete = feasible, total is not None
        _, _, last = option.cost(high) if high > low else (None, None, first)
        self.first, self.slope = first, (last - first) / (high - low) if high > low else Fraction(0)

    def value(self, requests):
        return self.first + self.slope * (requests - self.low)

    def priced(self, requests):
        value = self.value(requests)
        return self.feasible, value if self.complete else None, value


def pieces(option, start, to):
    edges = option.edges(start, to)
    lows, highs = [start, *(edge + 1 for edge in edges)], [*edges, to]
    return [Piece(option, low, high) for low, high in zip(lows, highs, strict=True) if low <= high]


def roots(lines, low, high):
    """Both neighbours of every place where two straight lines meet."""
    found = set()
    feasible = [line for line in lines if line.feasible]
    ends = [(line.value(low), line.value(high)) for line in feasible]
    for i, (a_low, a_high) in enumerate(ends):
        for j, (b_low, b_high) in enumerate(ends[:i]):
            if (a_low < b_low) != (a_high < b_high) or (a_low > b_low) != (a_high > b_high):
                gap, slope = b_low - a_low, feasible[i].slope - feasible[j].slope
                if slope:
                    root = low + floor(gap / slope)
                    found |= {root - 1, root, root + 1, root + 2}
    return {at for at in found if low <= at <= high}


def looked_at(document, start, to):
    """(at, priced options) at every place of the axis that can matter, in order."""
    chains = [pieces(option, start, to) for option in options(document)]
    here = [0] * len(chains)
    low = start
    while low <= to:
        lines = [chain[i] for chain, i in zip(chains, here, strict=True)]
        high = min(line.high for line in lines)
        for at in sorted({low, min(low + 1, high), max(high - 1, low), high} | roots(lines, low, high)):
            yield at, [line.priced(at) for line in lines]
        here = [i + (line.high == high) for i, line in zip(here, lines, strict=True)]
        low = high + 1


def changes(document):
    """Every change of the winner, and of each pair: [[(at, place below, place above)], ...].

    The axis is requests a month. Places are places of options; None is nobody. What makes a random scenario asks for
    them as well as its test: they are worked out once.
    """
    key, sweep = (repr(document), oracle.book), document["sweep"]
    if key not in WORKED_OUT:
        if len(WORKED_OUT) == 500:
            WORKED_OUT.clear()
        WORKED_OUT[key] = walk(looked_at(document, sweep["from"], sweep["to"]), len(document["options"]))
    return WORKED_OUT[key]


WORKED_OUT = {}


def changes_one_by_one(document, grain=1):
    """The same over any axis, by looking at every single step of it."""
    sweep, step = document["sweep"], exact(grain)
    over = sweep.get("over", "workload.requests_per_month")
    steps = int((exact(sweep["to"]) - exact(sweep["from"])) / step)
    values = [exact(sweep["from"]) + step * i for i in range(steps + 1)]
    if over == "workload.requests_per_month":
        ways = options(document)
        points = ((value, [way.cost(value) for way in ways]) for value in values)
    else:
        requests = document["workload"]["requests_per_month"]
        points = ((value, costs(with_value(document, over, value), requests)) for value in values)
    return walk(points, len(document["options"]))


def with_value(document, path, value):
    """A copy of a scenario document with another value at a path."""
    name, _, rest = path.partition(".")
    if isinstance(document, list):
        return [with_value(item, rest, value) if i == int(name) else item for i, item in enumerate(document)]
    inner = document.get(name, {"shape": "flat"})
    return {**document, name: with_value(inner, rest, value) if rest else value}
