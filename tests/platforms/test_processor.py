"""The processor: a scenario's, an option's own, or the cheaper of both; who wins with all options on one."""

from __future__ import annotations

import json
import random
from fractions import Fraction as F

import pytest

import lambdaplan
import oracle_auto
from campaigns import seeds
from lambdaplan import InputError, Scenario, atlas, compare
from lambdaplan.cli.main import main
from lambdaplan.comparison.first_lines import processor_words
from lambdaplan.comparison.wording import answer
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.report import brief, sections
from places import GOLDEN
from strategies import random_capacity_scenario, with_processors

REQUESTS = "workload.requests_per_month"
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
FARGATE = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}


def document(*options, workload=None, **fields):
    work = {"requests_per_month": 10_000_000, "duration_ms": 200, "measured_memory_mb": 1024}
    work |= {"busy_share": 0.3, "working_set_mb": 180, **(workload or {})}
    return {"version": 1, "name": "processors", "workload": work, "options": list(options), **fields}


def scenario(*options, **fields):
    return Scenario.from_dict(document(*options, **fields))


def architectures(found: Scenario) -> list[object]:
    return [getattr(option, "architecture", None) for option in found.options]


# ---------------------------------------------------------------- what follows the scenario


@pytest.mark.parametrize("architecture", ["x86_64", "arm64", "any"])
def test_options_that_say_nothing_follow_the_scenario(architecture):
    auto = {"kind": "ec2", "instance_type": "auto"}
    lambda_, fargate, every, mixed = scenario(
        LAMBDA, FARGATE, auto, auto | {"families": ["t3", "m7g"], "label": "mixed"}, architecture=architecture
    ).options
    assert {lambda_.architecture, fargate.architecture, every.architecture, mixed.architecture} == {architecture}
    assert scenario(LAMBDA).options[0].architecture == "x86_64"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64", "any"])
def test_what_runs_on_one_processor_keeps_its_own(architecture):
    options = [
        {"kind": "ec2", "instance_type": "t4g.small"},
        {"kind": "ec2", "instance_type": "t3.small"},
        {"kind": "ec2", "instance_type": "auto", "families": ["m7g", "c7g"], "label": "Arm families"},
        {"kind": "ec2", "instance_type": "auto", "families": ["m7i"], "label": "x86 family"},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "os": "windows"},
        {"kind": "lambda_managed_instances", "instance_type": "c7g.large"},
        {"kind": "lambda_web"},
    ]
    found = scenario(*options, architecture=architecture)
    arm, x86 = {"arm64"}, {"x86_64"}
    assert [option.processors(found.book) for option in found.options] == [arm, x86, arm, x86, x86, arm, arm]


def test_an_option_of_its_own_does_not_follow():
    found = scenario(LAMBDA | {"architecture": "arm64"}, FARGATE | {"architecture": "any"}, architecture="x86_64")
    assert architectures(found) == ["arm64", "any"]
    # what had the scenario's follows when that changes, what had its own does not
    found = scenario(LAMBDA, FARGATE | {"architecture": "arm64"}).with_values({"architecture": "any"})
    assert architectures(found) == ["any", "arm64"]
    assert [option.label for option in found.options] == ["Lambda 1024 MB x86 or Arm", "Fargate 0.5 vCPU 1 GB Arm"]


def test_parts_of_a_hybrid_follow_and_so_does_the_overflow_that_is_not_given():
    base = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
    hybrid = {"kind": "hybrid", "base": base, "overflow": {"kind": "lambda", "memory_mb": 512}}
    (given,) = scenario(hybrid, architecture="arm64").options
    assert (given.base.architecture, given.overflow.architecture) == ("arm64", "arm64")
    (mixed,) = scenario(hybrid | {"base": base | {"architecture": "x86_64"}}, architecture="arm64").options
    assert (mixed.base.architecture, mixed.overflow.architecture) == ("x86_64", "arm64")
    (alone,) = scenario({"kind": "hybrid", "base": base}, architecture="arm64").options
    assert (alone.base.architecture, alone.overflow.architecture) == ("arm64", "arm64")


@pytest.mark.parametrize(("changes", "words"), [
    ({"architecture": "arm"}, "architecture"),
    ({"options": [LAMBDA | {"architecture": "x86"}]}, "options.0.architecture"),
    ({"options": [{"kind": "ec2", "instance_type": "t3.small", "architecture": "arm64"}]}, "options.0.architecture"),
])  # fmt: skip
def test_what_is_no_processor_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        Scenario.from_dict(document(LAMBDA) | changes)


def test_names_that_stand_twice_in_an_option_that_follows_are_refused(tmp_path, capsys):
    hybrid = {"kind": "hybrid", "base": FARGATE, "overflow": LAMBDA}
    for option, path in ((LAMBDA, "options.0.memory_mb"), (hybrid, "options.0.overflow.memory_mb")):
        text = json.dumps(document(option)).replace('"kind": "lambda",', '"kind": "lambda", "memory_mb": 5,')
        (tmp_path / "twice.json").write_text(text)
        assert main(["compare", str(tmp_path / "twice.json")]) == 2
        assert path in (words := capsys.readouterr().err) and "the name stands twice in its object" in words


# ---------------------------------------------------------------- the cheaper of both

EITHER = {
    "lambda": LAMBDA,
    "lambda of open size": {"kind": "lambda", "memory_mb": "auto"},
    "lambda under a plan": LAMBDA | {"purchase": "compute_savings_plan_1y_no_upfront"},
    "fargate": FARGATE,
    "fargate of open size": {"kind": "fargate", "size": "auto"},
    "ec2 of open type": {"kind": "ec2", "instance_type": "auto", "families": ["t3", "t4g", "c7i", "c7g"]},
    "ECS Managed Instances": {"kind": "ecs_managed_instances", "instance_type": "auto", "families": ["t3", "t4g"]},
    "Lambda Managed Instances": {
        "kind": "lambda_managed_instances", "instance_type": "auto", "families": ["m7i", "m7g"]
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EITHER)
@pytest.mark.parametrize("region", ["us-east-1", "af-south-1"])
def test_any_is_the_cheaper_of_both(name, region):
    for requests in (0, 10**6, 3 * 10**8):
        fields = {"workload": {"requests_per_month": requests}, "region": region}
        option = EITHER[name]
        if region == "af-south-1" and ("plan" in name or "Managed" in name):
            return
        if region == "af-south-1" and "families" in option:
            option = option | {"families": ["t3", "t4g"]}
        (either,) = compare(scenario(option, architecture="any", **fields)).options
        x86, arm = (compare(scenario(option, architecture=one, **fields)).options[0] for one in ("x86_64", "arm64"))
        assert either.cost_usd == min(x86.cost_usd, arm.cost_usd)
        here = either.option.processors(either.scenario.book)
        assert here == ({"arm64"} if arm.cost_usd < x86.cost_usd else {"x86_64"})  # ties: x86


def test_an_hour_of_each_side_by_hand():
    # 2,000,000 GB-s x 0.0000133334 + 2 + 10 on Arm; two tasks of 0.5 vCPU and 1 GB for 730 hours at 0.03238 and 0.00356
    lambda_, fargate = compare(scenario(LAMBDA, FARGATE, architecture="any", include=["compute"])).options
    assert lambda_.cost_usd == 2_000_000 * F("0.0000133334") + 2
    assert fargate.cost_usd == 2 * 730 * (F("0.03238") / 2 + F("0.00356"))
    assert (lambda_.option.size_label, fargate.option.size_label) == ("Lambda 1024 MB Arm", "Fargate 0.5 vCPU 1 GB Arm")
    # an own price of Arm above that of x86 turns it round
    dear = [{"service": "lambda", "item": "duration/arm64", "price_usd": "0.00002"}]
    (lambda_,) = compare(scenario(LAMBDA, architecture="any", include=["compute"], prices=dear)).options
    assert lambda_.option.architecture == "x86_64" and lambda_.cost_usd == 2_000_000 * F("0.0000166667") + 2


def test_windows_that_may_be_either_runs_on_x86():
    windows = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "os": "windows"}
    (result,) = compare(scenario(windows | {"architecture": "any"})).options
    assert result.cost_usd == compare(scenario(windows)).options[0].cost_usd


@pytest.mark.parametrize("over", [REQUESTS, "workload.duration_ms"])
def test_any_along_an_axis_and_its_crossovers(over):
    """The processor itself changes along the axis: an own price makes Arm dearer for few GB-seconds only."""
    sweep = {"over": over, "from": 10_000, "to": 10**9} if over == REQUESTS else {"over": over, "from": 10, "to": 3000}
    prices = [{"service": "lambda", "item": "requests/arm64", "price_usd": "0.0000006"}]
    given = {"sweep": sweep, "prices": prices}
    found = compare(scenario(LAMBDA, FARGATE, architecture="any", **given))
    assert found.crossovers
    axis = found.axis
    for crossover in found.crossovers:
        sides = tuple(found.there(int(crossover.at) - back).winner for back in (1, 0))
        assert sides == (crossover.below, crossover.above)
    places = axis.places(40, "log")
    curves = found.along(places)
    apart = [compare(scenario(LAMBDA, FARGATE, architecture=one, **given)).along(places) for one in ("x86_64", "arm64")]
    for label, *both in zip(curves.usd, *(curve.usd.values() for curve in apart), strict=True):
        assert [pytest.approx(usd) for usd in curves.usd[label]] == [min(pair) for pair in zip(*both, strict=True)]
    state = [found.at_start, *(c.above for c in found.crossovers)]
    for place in places:
        assert found.there(int(place)).winner == state[sum(int(c.at) <= place for c in found.crossovers)]


def test_the_duration_at_which_arm_becomes_the_cheaper():
    """0.4 USD a million more for requests, 0.0000033333 USD a GB-second less: alike at 120.0012 ms with 1 GB."""
    prices = [{"service": "lambda", "item": "requests/arm64", "price_usd": "0.0000006"}]
    for duration, processor in ((120, "x86_64"), (121, "arm64")):
        (result,) = compare(
            scenario(LAMBDA, architecture="any", prices=prices, workload={"duration_ms": duration})
        ).options
        assert result.option.architecture == processor


def test_any_with_cold_starts_that_differ_by_processor():
    work = {"runtime": "nodejs22.x", "requests_per_month": 100_000}
    (either,) = compare(scenario(LAMBDA, architecture="any", workload=work)).options
    x86, arm = (compare(scenario(LAMBDA, architecture=one, workload=work)).options[0] for one in ("x86_64", "arm64"))
    assert x86.fleet.cold.init_ms != arm.fleet.cold.init_ms  # measured initialisations differ
    assert either.cost_usd == min(x86.cost_usd, arm.cost_usd)
    assert any("initialisation" in line.item for line in either.bill.lines)


@pytest.mark.parametrize("provisioned", [3, "auto"])
def test_any_with_provisioned_concurrency(provisioned):
    work = {"runtime": "nodejs22.x", "traffic": {"shape": "office_hours"}}
    option = LAMBDA | {"provisioned": provisioned}
    (either,) = compare(scenario(option, architecture="any", workload=work)).options
    sides = [compare(scenario(option, architecture=one, workload=work)).options[0] for one in ("x86_64", "arm64")]
    assert either.cost_usd == min(side.cost_usd for side in sides)


def test_any_in_a_hybrid_chooses_for_each_part():
    hybrid = {"kind": "hybrid", "base": FARGATE, "overflow": LAMBDA, "level": 2}
    costs = {}
    for base in ("x86_64", "arm64"):
        for over in ("x86_64", "arm64"):
            parts = {"base": FARGATE | {"architecture": base}, "overflow": LAMBDA | {"architecture": over}}
            costs[base, over] = compare(scenario(hybrid | parts)).options[0].cost_usd
    (either,) = compare(scenario(hybrid, architecture="any")).options
    assert either.cost_usd == min(costs.values()) == costs["arm64", "arm64"]


def test_any_on_a_map():
    sides = {"over": (REQUESTS, "workload.duration_ms"), "points": (12, 6)}
    options = (LAMBDA, {"kind": "ec2", "instance_type": "t3.small"})
    found = atlas(scenario(*options, architecture="any"), **sides)
    arm = atlas(scenario(LAMBDA | {"architecture": "arm64"}, options[1]), **sides)
    assert (found.winner == arm.winner).all()
    assert found.usd[0] == pytest.approx(arm.usd[0])


# ---------------------------------------------------------------- against the oracle


def judged(document):
    found = compare(Scenario.from_dict(document))
    for result, (feasible, cost, known) in zip(found.options, oracle_auto.costs(document), strict=True):
        assert result.feasible == feasible, result.label
        if feasible:
            assert (result.cost_usd, result.bill.known_usd) == (cost, known), result.label
    return found


@pytest.mark.parametrize("seed", seeds(4, 400))
def test_random_processors_cost_what_the_oracle_says(seed):
    rng = random.Random(f"processors {seed}")
    kinds = rng.choice((("given", "hybrid"), ("given", "auto"), ("given", "slo")))
    judged(with_processors(rng, random_capacity_scenario(rng, kinds)))


@pytest.mark.parametrize("seed", seeds(2, 200))
def test_crossovers_of_random_processors_hold_on_both_sides(seed):
    rng = random.Random(f"crossovers of processors {seed}")
    given = with_processors(rng, random_capacity_scenario(rng, ("given",)))
    requests = int(given["workload"]["requests_per_month"])
    given["sweep"] = {"from": max(requests // 10, 1), "to": requests * 10 + 100}
    found = compare(Scenario.from_dict(given))
    labels = [option["label"] for option in given["options"]]

    def winner(at):
        there = oracle_auto.winner(given | {"workload": given["workload"] | {"requests_per_month": at}})
        return None if there is None else labels[there]

    for crossover in found.crossovers[:4]:
        assert found.there(int(crossover.at) - 1).winner == crossover.below == winner(int(crossover.at) - 1) or (
            found.there(int(crossover.at) - 1).ties
        )
        assert winner(int(crossover.at)) == crossover.above
    state = [found.at_start, *(c.above for c in found.crossovers)]
    for _ in range(3):
        at = rng.randint(found.axis.low, found.axis.high)
        assert winner(at) == state[sum(int(c.at) <= at for c in found.crossovers)]


# ---------------------------------------------------------------- all on one processor

SMALL = {"kind": "ec2", "instance_type": "t4g.small"}


def test_processors_says_whether_they_are_the_same_and_who_wins_on_each():
    # on x86 Lambda (45.33) beats Fargate (53.36); on Arm Lambda (38.67) beats t4g.small (43.13) and Fargate (46.16)
    found = compare(scenario(LAMBDA, FARGATE | {"architecture": "arm64"}, SMALL))
    assert found.winner == "EC2 t4g.small"
    assert found.document()["processors"] == {"same": False, "x86_64": "Lambda 1024 MB", "arm64": "Lambda 1024 MB"}
    words = processor_words(found)
    assert words.startswith(
        "Not on one processor: Lambda 1024 MB on x86; Fargate 0.5 vCPU 1 GB Arm and EC2 t4g.small on Arm"
    )
    assert "all on x86, Lambda 1024 MB is cheapest (without EC2 t4g.small)" in words
    assert {result.label: str(result.bill.total_usd) for result in found.on_processors["arm64"].options} == {
        "Lambda 1024 MB": "38.67", "Fargate 0.5 vCPU 1 GB Arm": "46.16", "EC2 t4g.small": "43.13"
    }  # fmt: skip


def test_processors_where_all_are_on_one():
    found = compare(scenario(LAMBDA, FARGATE, {"kind": "ec2", "instance_type": "t3.small"}))
    assert found.document()["processors"] == {"same": True, "x86_64": "Lambda 1024 MB", "arm64": "Lambda 1024 MB"}
    assert [result.label for result in found.on_processors["arm64"].options] == [
        "Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB"
    ]  # fmt: skip
    assert found.on_processors["x86_64"] is found


def test_processors_is_null_where_nobody_wins():
    web = {"kind": "lambda_web"}
    found = compare(scenario(LAMBDA, web)).document()  # Web Functions run on Arm, without a price
    assert found["processors"] == {"same": False, "x86_64": "Lambda 1024 MB", "arm64": None}
    arm = compare(scenario(SMALL)).document()
    assert arm["processors"] == {"same": True, "x86_64": None, "arm64": "EC2 t4g.small"}


@pytest.mark.parametrize("seed", seeds(1, 100))
def test_processors_are_the_comparisons_of_documents_on_one_processor(seed):
    rng = random.Random(f"all on one {seed}")
    given = with_processors(rng, random_capacity_scenario(rng, ("given", "auto")))
    found = compare(Scenario.from_dict(given))
    for name in ("x86_64", "arm64"):
        there = []
        for option in given["options"]:
            if option.get("instance_type", "auto") != "auto":
                types = PriceBook.load().instance_types
                there += [option] if types[option["instance_type"]].architecture == name else []
            elif "families" in option:
                types = [
                    t for t in PriceBook.load().instance_types.values() if t.name.split(".")[0] in option["families"]
                ]
                there += [option | {"architecture": name}] if name in {t.architecture for t in types} else []
            elif not (option.get("os") == "windows" and name == "arm64"):
                there.append(option | {"architecture": name})
        measured = {"measured_memory_mb": given["workload"].get("measured_memory_mb", 1769)}
        wanted = compare(Scenario.from_dict(given | {"options": there, "workload": given["workload"] | measured}))
        assert found.document()["processors"][name] == wanted.winner


# ---------------------------------------------------------------- on every page


def test_any_in_the_report_names_the_processor_that_was_chosen():
    found = compare(scenario(LAMBDA, FARGATE, architecture="any"))
    text = brief.answer_part(found).text
    # 26.67 + 2 + 10 against 46.16 of Fargate on Arm
    assert "Recommendation: Lambda 1024 MB x86 or Arm, here Arm. It saves $7.49 a month" in text
    assert "Every option is on Arm. With all on x86, Lambda 1024 MB is cheapest." in text
    assert "Lambda duration, Arm | 2,000,000 | GB-second" in sections.bills(found).text


def test_any_in_record_batch_and_terraform(tmp_path, capsys):
    path = tmp_path / "either.json"
    path.write_text(json.dumps(document(LAMBDA, FARGATE, architecture="any")))
    found = compare(Scenario.load(path))
    assert found.winner == "Lambda 1024 MB x86 or Arm"
    assert main(["record", str(path)]) == 0
    assert "Lambda 1024 MB x86 or Arm" in capsys.readouterr().out
    assert main(["terraform", str(path), "-o", str(tmp_path / "tf")]) == 0
    (written,) = (tmp_path / "tf").rglob("main.tf")
    assert "architectures" in written.read_text() and '"arm64"' in written.read_text()  # the processor that was chosen
    capsys.readouterr()
    (tmp_path / "table.csv").write_text(f"name,{REQUESTS},architecture\na,1000000,any\nb,1000000,arm64\nc,1000000,\n")
    base = tmp_path / "base.json"
    base.write_text(json.dumps(document(LAMBDA, FARGATE)))
    command = ["batch", str(tmp_path / "table.csv"), "--base", str(base), "-o", str(tmp_path / "batch"), "--no-reports"]
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["services"]
    # a million requests: 0.2 million GB-seconds, 0.20 for requests and 1.00 for the HTTP API
    assert [row["cheapest"]["exact_usd"] for row in rows] == ["3.86668", "3.86668", "4.53334"]


# ---------------------------------------------------------------- what has no price (A)

FORMER = "aws-2026-11-25"  # lacks the price of CPU credits of T3 in most regions


def field(name: str) -> dict:
    return json.loads((GOLDEN / "field" / f"{name}.json").read_text("utf-8"))


def test_a1_the_cheapest_type_is_burstable():
    """730 x 0.0188; (2 x 50 % - 2 x 20 %) x 730 = 438 vCPU-hours x 0.05; 8 GB x 0.08."""
    found = compare(Scenario.from_dict(field("a1_auto_x86_us_east_1")))
    assert (found.winner, found.best.option.instance_type) == ("EC2 auto", "t3a.small")
    amounts = [line.amount_usd for line in found.best.bill.lines if line.quantity]
    assert [str(usd) for usd in amounts] == ["13.72", "21.90", "0.64"] and str(found.best.bill.total_usd) == "36.26"
    assert [c.at for c in found.crossovers] == [1_322_081]


def test_a1_in_a_book_without_the_price_of_credits_names_nobody():
    found = compare(Scenario.from_dict(field("a1_auto_x86_us_east_1") | {"book": FORMER}))
    assert found.winner is None and found.document()["winner"] is None
    auto = found.options[1]
    assert auto.option.instance_type == "t3a.nano"
    # 730 x 0.0047 + 0.64 = 4.071; Lambda's 80.93 is reached with 657 vCPU-hours ((2 x 50 % - 2 x 5 %) x 730) at 0.11697
    needs = {
        line["item"]: line["needs_above_usd"]
        for line in found.document()["options"][1]["lines"]
        if line["price_usd"] is None
    }
    lambda_usd = 26_280_000 * (F(100, 1000) * F(1769, 1024) * F("0.0000166667") + F("0.0000002"))
    wanted = (lambda_usd - 730 * F("0.0047") - F("0.64")) / 657
    assert float(needs["CPU credits above the baseline"]) == pytest.approx(float(wanted), rel=1e-9)
    words = "\n".join(found.warnings)
    assert "a price is missing for" in words and "EC2 t3.nano" in words and "each might be the cheapest" in words
    assert "no option can be named cheapest" in answer(
        found
    ) and "it would be EC2 auto at any price of it, at most $56.49" in answer(found)
    # along the axis nobody wins either once a t3a.nano runs above its baseline: 10 % of a vCPU, 2,628,000 x 0.1 s
    assert [(c.at, c.above) for c in found.crossovers] == [(1_322_081, "EC2 auto"), (2_628_001, None)]
    own = [
        {"service": "ec2", "item": f"surplus_credit_vcpu_hour/{name}", "price_usd": "0.05"} for name in ("t3", "t3a")
    ]
    priced = compare(Scenario.from_dict(field("a1_auto_x86_us_east_1") | {"book": FORMER, "prices": own}))
    assert str(priced.best.bill.total_usd) == "36.26" and [c.at for c in priced.crossovers] == [1_322_081]


def test_a_type_that_is_named_and_one_that_is_chosen_block_alike():
    given = field("a1_auto_x86_us_east_1") | {"book": FORMER}
    auto = compare(Scenario.from_dict(given))
    given["options"][1] = given["options"][1] | {"instance_type": "t3a.nano"}
    del given["options"][1]["architecture"]
    named = compare(Scenario.from_dict(given))
    assert named.winner is auto.winner is None
    assert named.options[1].bill.known_usd == auto.options[1].bill.known_usd


def test_a2_the_cheapest_type_in_frankfurt():
    """730 x 0.0048 + 657 x 0.04 + 8 x 0.0952."""
    found = compare(Scenario.from_dict(field("a2_auto_eu_central_1")))
    assert (found.best.option.instance_type, str(found.best.bill.total_usd)) == ("t4g.nano", "30.54")
    assert found.best.cost_usd == 730 * F("0.0048") + 657 * F("0.04") + 8 * F("0.0952")
    (note,) = [words for words in found.warnings if "are not weighed" in words]
    words = "EC2 auto: 437 of 1052 types have no price in eu-central-1 in aws-2026-12-01 and are not weighed: "
    assert note.startswith(words)
    assert compare(Scenario.from_dict(field("a2_auto_eu_central_1") | {"book": FORMER})).winner is None


def test_a3_ways_of_buying_without_any_price_are_named():
    found = compare(Scenario.from_dict(field("a3_auto_purchases_eu_west_1")))
    assert [str(result.bill.total_usd) for result in found.options] == ["406.51", "406.51"]
    left_out = [words for words in found.warnings if "left out" in words]
    assert len(left_out) == 2 and all("has no price for any of the types in eu-west-1" in words for words in left_out)
    assert "Spot" in left_out[0] and "compute plan 3y all upfront" in left_out[1]
    here = compare(Scenario.from_dict(field("a3_auto_purchases_eu_west_1") | {"region": "us-east-1"}))
    assert str(here.best.bill.total_usd) == "204.43"  # 4,380 h x 0.0319, the published rate of c7g.large, and 64.71


def test_a_choice_that_a_missing_price_can_not_touch_wins():
    """A lone fleet at rest runs within its credits: the line is zero whatever the price."""
    given = field("a1_auto_x86_us_east_1") | {"book": FORMER}
    given["workload"] = given["workload"] | {"requests_per_month": 2_000_000}
    found = compare(Scenario.from_dict(given))
    assert found.winner == "EC2 auto" and found.best.option.instance_type == "t3a.nano"
    assert lambdaplan.compare(Scenario.from_dict(given)).best.cost_usd == 730 * F("0.0047") + F("0.64")
