"""Chances, regret and what to measure next: against closed forms, independent samples and nested brute force."""

import json
import os
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from test_ranges import asked, own_metalog

import lambdaplan
from campaigns import PROVE, seeds
from lambdaplan import InputError, Scenario, commit, compare, risk
from lambdaplan.charts.doubt.bands import bands_chart
from lambdaplan.cli.main import main
from lambdaplan.doubt import sampling
from lambdaplan.doubt.risk import measured_next
from lambdaplan.doubt.sampled_bills import Found, SampledBills
from lambdaplan.doubt.sampling import draw
from lambdaplan.doubt.wording import error_words, late_words, risk_words
from places import ROOT

LAMBDA = {"kind": "lambda", "memory_mb": 1024, "front_door": "none"}
TASKS = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1, "units": 2, "front_door": "none"}
REQUESTS = {"low": 5_000_000, "likely": 10_000_000, "high": 25_000_000}


def two_bills(**changes):
    """A function whose bill is so much a request, and two tasks that cost the same whatever comes."""
    work = {"requests_per_month": REQUESTS, "duration_ms": 200, "busy_share": 0.001, "working_set_mb": 180}
    work["measured_memory_mb"] = 1024
    document = {"version": 1, "name": "Two bills", "workload": work, "options": [LAMBDA, TASKS]}
    return Scenario.from_dict({**document, **changes})


def closed_form():
    """Chance, regrets and values of knowing of those two, by the integral over the chance of requests."""
    usd_per_request = Fraction("0.0000002") + Fraction("0.2") * Fraction("0.0000166667")
    fixed = float(compare(two_bills()).options[1].bill.exact_usd)
    chances = (np.arange(200_000) + 0.5) / 200_000
    ends = REQUESTS["low"], REQUESTS["likely"], REQUESTS["high"]
    nodes = np.array([own_metalog(p, *ends) for p in np.linspace(0.00025, 0.99975, 2000)])
    requests = np.interp(chances, np.linspace(0.00025, 0.99975, 2000), nodes)
    bill = requests * float(usd_per_request)
    least = np.minimum(bill, fixed)
    return {
        "wins": float((bill < fixed).mean()),
        "regret_lambda": float((bill - least).mean()),
        "regret_tasks": float((fixed - least).mean()),
        "crossover": fixed / float(usd_per_request),
    }


def test_two_bills_of_which_one_rises_with_an_uncertain_number_have_the_chances_of_the_integral():
    found, wanted = risk(two_bills(), samples=16_384), closed_form()
    function, tasks = found.options
    for estimate, exact in (
        (function.wins, wanted["wins"]),
        (tasks.wins, 1 - wanted["wins"]),
        (tasks.regret_mean_usd, wanted["regret_tasks"]),
    ):
        assert abs(estimate.value - exact) <= 4 * estimate.error + 2e-3 * exact
    # the mean of the bill rests on its tail, of which the integral above leaves out the last 1 in 4,000
    assert function.regret_mean_usd.value == pytest.approx(wanted["regret_lambda"], rel=0.03)
    best = min(wanted["regret_lambda"], wanted["regret_tasks"])
    assert found.evpi_usd.value == pytest.approx(best, rel=0.02)
    assert found.inputs[0].evppi_usd.value == pytest.approx(best, rel=0.02), (
        "the only number: knowing it is knowing all"
    )
    assert found.inputs[0].share.value == pytest.approx(1, abs=0.02)
    assert found.crossover.p10.value == found.crossover.p90.value == pytest.approx(wanted["crossover"], abs=1)
    assert found.crossover.none.value == 0


@pytest.mark.parametrize("seed", seeds(3, 200))
def test_independent_samples_billed_in_fractions_agree_within_the_errors(seed):
    rng = random.Random(seed)
    document = asked()
    work = document["workload"]

    def ranged(likely, widest=2.5):
        return {"low": likely / rng.uniform(1.2, widest), "likely": likely, "high": likely * rng.uniform(1.2, widest)}

    work["duration_ms"] = ranged(rng.choice((40, 200, 700)))
    work["busy_share"] = ranged(rng.choice((0.1, 0.3)), 1.5)
    requests = ranged(rng.choice((4_000_000, 12_000_000, 60_000_000)))
    work["requests_per_month"] = {name: round(value) for name, value in requests.items()}
    work["working_set_mb"] = ranged(180)
    scenario = Scenario.from_dict(document)
    found = risk(scenario, samples=4096, seed=seed)
    count = 200 if PROVE else 40
    wins, bills = np.zeros(len(scenario.options)), []
    for _ in range(count):
        values = {}
        for one in scenario.ranges:
            ends = float(one.range.low), float(one.range.likely), float(one.range.high)
            most = None if one.range.most is None else float(one.range.most)
            value = own_metalog(rng.uniform(1e-9, 1 - 1e-9), *ends, float(one.range.least), most)
            values[one.path] = round(value) if one.whole else float(f"{value:.6g}")
        there = compare(scenario.with_values(values))
        bills.append([float(one.bill.exact_usd) for one in there.options])
        if there.winner is not None:
            wins[[one.label for one in there.options].index(there.winner)] += 1
    for n, one in enumerate(found.options):
        share = wins[n] / count
        chance = one.wins.value
        spread = np.hypot(one.wins.error, np.sqrt(max(chance * (1 - chance), 0.02) / count))
        assert abs(chance - share) <= 4 * spread, one.label
        own = np.array(bills)[:, n]
        below = (own < one.p50_usd.value - 1e-6).mean(), (own <= one.p50_usd.value + 1e-6).mean()
        assert below[0] - 4 * 0.5 / np.sqrt(count) <= 0.5 <= below[1] + 4 * 0.5 / np.sqrt(count), one.label


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_knowing_one_number_is_worth_what_nested_brute_force_says(seed):
    """Two options, the lead of which is a sum of a part of each of two numbers: the inner mean is known."""
    rng = np.random.default_rng(seed)
    weight, offset = rng.uniform(0.2, 3, 2), rng.uniform(-1, 1)
    lattice = draw(two_bills(), 4096, seed)
    chances = np.argsort(np.argsort(lattice.columns[0])) / 4096
    first, second = np.exp(chances * 2), rng.permutation(np.exp(chances))
    lead = offset + weight[0] * (first - first.mean()) - weight[1] * (second - second.mean())
    whole = np.array([lead, np.zeros(4096)])
    recommended = int(lead.mean() > 0)
    found = measured_next("workload.requests_per_month", first, whole, recommended, lattice.lattice_of)
    inner = offset + weight[0] * (first - first.mean())
    wanted = abs(min(0, inner.mean())) * 0 + float(np.minimum(inner, 0).mean()) - min(float(inner.mean()), 0.0)
    assert abs(found.evppi_usd.value + wanted) <= 4 * found.evppi_usd.error + 0.02


def test_options_that_break_limits_never_win_there_and_are_left_out_of_their_own_regret():
    work = {"requests_per_month": 10_000_000, "duration_ms": {"low": 400_000, "likely": 800_000, "high": 1_300_000}}
    work |= {"measured_memory_mb": 1024, "busy_share": 0.01, "working_set_mb": 180}
    scenario = two_bills(workload=work, options=[LAMBDA, {**TASKS, "units": None, "memory_gb": 4}])
    found = risk(scenario, samples=128)
    function, tasks = found.options
    assert 0.3 < function.infeasible.value < 0.5, "15 minutes lie between likely and high"
    assert function.wins.value <= 1 - function.infeasible.value
    assert function.wins.value + tasks.wins.value == 1
    assert found.recommended == 1


def test_an_answer_time_is_missed_where_the_comparison_says_so():
    work = {"requests_per_month": 2_000_000, "duration_ms": {"low": 100, "likely": 200, "high": 400}}
    work |= {"busy_share": 0.1, "working_set_mb": 180, "measured_memory_mb": 1024, "concurrency_per_process": 8}
    work["slo"] = {"percentile": 95, "response_ms": 700}
    scenario = two_bills(workload=work, options=[LAMBDA, {**TASKS, "units": None}])
    found = risk(scenario, samples=24, seed=4)
    drawn = draw(scenario, 24, 4)
    bills = SampledBills(scenario, drawn, np.arange(24))
    times = [compare(bills.at(n)).answer_times for n in range(24)]
    for option in found.options:
        assert option.late.value == pytest.approx(sum(each[option.label] > 700 for each in times) / 24)
        assert option.document()["late"] == option.late.value
    assert 0 < found.options[0].late.value < 1
    assert late_words(found).startswith("95 % of answers within 700 ms is missed, of 100 cases, by Lambda")
    assert "late" not in risk(two_bills(), samples=16).options[0].document()


def test_a_missing_price_leaves_nobody_named_and_its_figures_unknown():
    web = {"kind": "lambda_web"}
    found = risk(two_bills(options=[LAMBDA, web]), samples=64)
    assert found.options[1].p50_usd is None and found.options[1].regret_mean_usd is None
    assert found.nobody.value == 1 and found.recommended == 0
    given = [{"service": "lambda_web", "item": name, "price_usd": "0.1"} for name in ("active_cpu", "memory")]
    given.append(
        {"service": "lambda_web", "item": "requests", "price_usd": {"low": 1e-7, "likely": 2e-7, "high": 9e-7}}
    )
    assert risk(two_bills(options=[LAMBDA, web], prices=given), samples=64).options[1].p50_usd is not None


def test_an_uncertain_price_of_ones_own_moves_the_bill_in_proportion():
    own = {"service": "lambda", "item": "requests/x86_64", "price_usd": {"low": 1e-7, "likely": 2e-7, "high": 4e-7}}
    scenario = two_bills(prices=[own], workload={**asked()["workload"], "requests_per_month": 10_000_000})
    assert float(compare(scenario).options[0].bill.exact_usd) == pytest.approx(2 + 33.3334)
    found = risk(scenario, samples=2048)
    for estimate, requests_usd in zip(
        (found.options[0].p10_usd, found.options[0].p50_usd, found.options[0].p90_usd), (1, 2, 4), strict=True
    ):
        assert estimate.value == pytest.approx(requests_usd + 33.3334, rel=2e-3)
    assert [one.path for one in found.inputs] == ["prices.0.price_usd"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    scenario = two_bills()
    documents = [json.dumps(risk(scenario, samples=256, seed=seed).document()) for seed in (7, 7, 8)]
    assert documents[0] == documents[1] != documents[2]


def test_numbers_that_move_together_widen_or_narrow_the_bill():
    document = asked(
        workload__requests_per_month=REQUESTS, workload__duration_ms={"low": 100, "likely": 200, "high": 400}
    )
    width = {}
    for r in (-0.9, 0, 0.9):
        document["correlations"] = [{"a": "workload.requests_per_month", "b": "workload.duration_ms", "r": r}]
        scenario = Scenario.from_dict(document)
        one = risk(scenario, samples=1024).options[0]
        width[r] = one.p90_usd.value / one.p10_usd.value
        drawn = draw(scenario, 1024, 3).columns
        assert np.corrcoef(np.argsort(np.argsort(drawn)))[0, 1] == pytest.approx(r, abs=0.08)
    assert width[-0.9] < width[0] < width[0.9]


def test_cold_starts_and_open_sizes_are_drawn_too():
    document = asked(workload__duration_ms={"low": 100, "likely": 200, "high": 400})
    document["workload"]["init_ms"] = 400
    document["options"] = [{"kind": "lambda", "memory_mb": "auto"}, {"kind": "fargate", "size": "auto"}]
    found = risk(Scenario.from_dict(document), samples=8)
    assert found.samples == 8 and found.crossover.samples == 8
    assert 0 < found.document()["cold_error"] < 1 and "off in the months that judged it" in error_words(found)
    assert risk(two_bills(), samples=16).cold_error is None
    narrow = asked(workload__duration_ms={"low": 199, "likely": 200, "high": 201}, workload__init_ms=400)
    assert json.dumps(risk(Scenario.from_dict(narrow), samples=8).document(), allow_nan=False)
    assert sum(one.wins.value for one in found.options) == 1


def drawn_in_columns(document, count=4096):
    """Bills of samples with what is worked out once for all of them."""
    scenario = Scenario.from_dict(document)
    drawn = draw(scenario, count, 5)
    return SampledBills(scenario, drawn, np.arange(count), found=Found())


def test_cold_starts_of_samples_are_those_that_are_counted_one_by_one():
    document = asked(
        workload__requests_per_month=REQUESTS, workload__duration_ms={"low": 100, "likely": 200, "high": 400}
    )
    document["workload"] |= {"init_ms": {"low": 200, "likely": 400, "high": 1000}, "deployments_per_month": 8}
    document["workload"]["traffic"] = {"shape": "office_hours", "burst": 2}
    document["options"] = [{**LAMBDA, "keep_alive_s": 330}]
    bills = drawn_in_columns(document)
    assert not bills.is_slow(0)
    some = np.arange(0, 4096, 300)
    there = bills.over(some)
    fleet = there.options[0].fleet(there.workload, there.book, there.hours_per_month)
    one_by_one = [bills.at(int(point)) for point in some]
    counted = [one.options[0].fleet(one.workload, one.book, one.hours_per_month).cold.starts for one in one_by_one]
    assert np.asarray(fleet.cold.starts) == pytest.approx(np.array(counted, dtype=float), rel=0.03)
    exactly = bills.along.exactly(0, some)[0]
    assert bills.along.costs(0, some)[0] == pytest.approx(exactly, rel=2e-3)


def test_memory_left_to_be_chosen_costs_in_samples_what_the_choice_costs_one_by_one():
    document = asked(workload__requests_per_month=REQUESTS)
    document["workload"]["working_set_mb"] = {"low": 90, "likely": 180, "high": 400}
    document["options"] = [{**LAMBDA, "memory_mb": "auto"}]
    bills = drawn_in_columns(document, 512)
    cost, _ = bills.costs()
    some = np.arange(0, 512, 40)
    exactly = bills.along.exactly(0, some)[0]
    assert (cost[0, some] >= exactly * (1 - 1e-9)).all()
    assert cost[0, some] == pytest.approx(exactly, rel=0.02)


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "scenarios").glob("*.json")), ids=lambda path: path.stem)
def test_packaged_scenarios_with_two_ranges_are_answered(path):
    document = json.loads(path.read_text())
    work = document["workload"]
    for name in ("requests_per_month", "working_set_mb"):
        likely = work[name]
        work[name] = {"low": likely // 2, "likely": likely, "high": likely * 2}
    found = risk(Scenario.from_dict(document), samples=16)
    assert found.samples == 16 and len(found.options) == len(document["options"])


def test_the_command_says_it_in_words_and_as_json(tmp_path, capsys):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(two_bills().document()))
    assert main(["risk", str(path), "--samples", "256"]) == 0
    words = capsys.readouterr().out
    found = risk(two_bills(), samples=256)
    assert risk_words(found) in words and "What to measure next" in words
    assert main(["risk", str(path), "--samples", "256", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    bought = document.pop("commitment")
    assert bought["levels"] and document == json.loads(json.dumps(found.document()))
    assert set(document) >= {"version", "samples", "seed", "options", "crossover", "inputs", "evpi_usd"}
    names = {"label", "wins", "p10_usd", "p50_usd", "p90_usd", "regret_mean_usd", "infeasible"}
    assert set(document["options"][0]) >= names and isinstance(document["options"][0]["p50_usd"], str)
    assert main(["compare", str(path)]) == 0
    assert "lambdaplan risk says how sure" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"samples": 1}, "samples = 1 is outside 8..1000000"),
        ({"seed": -1}, "seed = -1 is outside"),
        ({"samples": "many"}, 'samples = "many" is not a number, 8..1000000'),
    ],
)
def test_wrong_arguments_are_one_line(given, words):
    with pytest.raises(InputError) as raised:
        risk(two_bills(), **given)
    assert words in raised.value.lines[0]


def test_a_scenario_without_ranges_says_how_to_write_one():
    with pytest.raises(InputError) as raised:
        risk(Scenario.from_dict(asked()))
    assert '{"low": 120, "likely": 200, "high": 400}' in raised.value.lines[0]
    assert lambdaplan.risk is risk


def test_record_chart_and_table_say_what_risk_says(tmp_path, capsys):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(two_bills().document()))
    assert main(["record", str(path), "-o", str(tmp_path / "two.md")]) == 0
    capsys.readouterr()
    found = risk(two_bills())
    record = (tmp_path / "two.md").read_text().replace("\\", "")
    assert risk_words(found)[1:] in record
    assert main(["check", str(tmp_path / "two.md")]) in (0, 1)
    drawn = lambdaplan.chart(found).to_dict(validate=True)
    assert risk_words(found) in drawn["description"]
    assert found.options[0].label in found._repr_html_()


def test_bands_along_the_axis_are_percentiles_of_bills_there_and_bars_count_the_crossovers():
    found = risk(two_bills(), samples=512)
    bands, usd_per_request = found.bands, float(Fraction("0.0000002") + Fraction("0.2") * Fraction("0.0000166667"))
    for low, even, high in zip(*bands.usd[found.options[1].label], strict=True):
        assert low == even == high == pytest.approx(float(found.likely.options[1].bill.exact_usd))
    exactly = np.array(bands.values) * usd_per_request
    assert bands.usd[found.options[0].label][1] == pytest.approx(exactly, rel=1e-6)
    drawn = bands_chart(found, bands).to_dict(validate=True)
    rows = [row for layer in drawn["layer"] for row in layer["data"]["values"]]
    counted = [row["there"] for row in rows if "there" in row]
    assert counted == ["256 of 256 samples"], "the crossover hangs on the price alone, not on how many come"


def test_sampled_numbers_are_the_floats_nearest_to_their_six_digits():
    values = np.exp(np.random.default_rng(2).uniform(-60, 60, 2000))
    values[:4] = [999_999.5, 0.999_999_6, 1e-20, 123_456.5]
    assert sampling._rounded(values, False).tolist() == [float(f"{value:.6g}") for value in values]
    assert sampling._rounded(np.array([2.5, 3.49]), True).tolist() == [2, 3]


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_every_sample_in_columns_costs_what_it_costs_in_fractions(seed):
    document = asked()
    document["workload"] |= {
        "requests_per_month": {"low": 3_000_000, "likely": 12_000_000, "high": 60_000_000},
        "duration_ms": {"low": 60, "likely": 99.5, "high": 300},
        "busy_share": {"low": 0.1, "likely": 0.3, "high": 0.6},
    }
    scenario = Scenario.from_dict(document)
    drawn = draw(scenario, 2048, seed)
    # whole milliseconds, where a rounding up is decided
    drawn.columns[1, ::16] = np.rint(drawn.columns[1, ::16])
    bills = SampledBills(scenario, drawn, np.arange(2048))
    cost, _ = bills.costs()
    for n in range(len(cost)):
        exactly = bills.along.exactly(n, np.arange(0, 2048, 16))[0]
        assert cost[n, ::16] == pytest.approx(exactly, rel=1e-12)


def test_samples_that_do_not_fit_together_are_those_that_a_scenario_would_refuse():
    work = {"requests_per_month": 1_000_000, "working_set_mb": 180, "measured_memory_mb": 1024, "init_ms": 200}
    for name, ends in (("duration_ms", (100, 200, 400)), ("cpu_ms", (50, 90, 160)), ("first_run_ms", (150, 300, 900))):
        work[name] = dict(zip(("low", "likely", "high"), ends, strict=True))
    scenario = two_bills(workload=work)
    drawn = draw(scenario, 96, 3)
    bills = SampledBills(scenario, drawn, np.arange(96))
    wanted = [bool(bills.at(n).misfits()) for n in range(96)]
    assert bills.misfits().tolist() == wanted
    assert 0 < sum(wanted) < 96


@pytest.mark.parametrize("hash_seed", ["1", *(["0"] if PROVE else [])])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(tmp_path, hash_seed):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(two_bills().document()))
    for command in (["risk", "--samples", "64"], ["commit", "--samples", "16", "--leave", "20%"]):
        asked_again = [sys.executable, "-m", "lambdaplan", command[0], str(path), *command[1:], "--json"]
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        printed = subprocess.run(asked_again, capture_output=True, check=True, text=True, env=env, cwd=ROOT).stdout
        once_more = {"risk": lambda: risk(two_bills(), samples=64)}
        once_more["commit"] = lambda: commit(two_bills(), samples=16, leave="20%")
        document = json.loads(printed)
        document.pop("commitment", None)
        assert document == json.loads(json.dumps(once_more[command[0]]().document()))
