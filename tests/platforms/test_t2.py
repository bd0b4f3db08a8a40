"""T2: standard CPU credits unless told otherwise, and a price for surplus credits where they run unlimited."""

from __future__ import annotations

from fractions import Fraction

from lambdaplan import PriceBook, Scenario, compare


def scenario(duration_ms: int = 10, **option: object) -> Scenario:
    work = {"requests_per_month": 2_628_000, "duration_ms": duration_ms, "busy_share": 1, "working_set_mb": 100}
    kind = {
        "kind": "ec2",
        "instance_type": "t2.small",
        "front_door": "none",
        "survive_zone_loss": False,
        "min_units": 1,
    }
    document = {"version": 1, "name": "t2", "workload": work | {"traffic": {"shape": "flat", "burst": 1}}}
    return Scenario.from_dict({**document, "options": [kind | option]})


def test_a_t2_runs_on_standard_credits_unless_told_otherwise():
    """Amazon EC2 User Guide: T2 is launched as standard by default, T3 as unlimited."""
    assert scenario().options[0].cpu_credits == "standard"
    assert scenario(cpu_credits="unlimited").options[0].cpu_credits == "unlimited"
    assert scenario(instance_type="t3.small").options[0].cpu_credits == "unlimited"


def test_a_t2_at_rest_by_hand():
    """One t2.small for 730 h at 0.023 USD and 8 GB of gp3 at 0.08: 1 request a second of 10 ms is within 20 %."""
    (found,) = compare(scenario()).options
    assert found.bill.exact_usd == 730 * Fraction("0.023") + 8 * Fraction("0.08")


def test_a_t2_beyond_its_baseline_has_more_instances_or_pays_for_credits():
    """1 request a second of 500 ms: half a vCPU; a t2.small earns a fifth: three on standard, 0.3 vCPU-h an hour else.

    The surplus is 0.3 x 730 vCPU-hours at 0.05 USD.
    """
    (standard,) = compare(scenario(500, scaling="fixed")).options
    assert standard.fleet.units_mean == 3
    (following,) = compare(scenario(500)).options  # balances last for some hours with two
    assert Fraction(5, 2) < following.fleet.units_mean < 3
    (unlimited,) = compare(scenario(500, cpu_credits="unlimited")).options
    (surplus,) = [line for line in unlimited.bill.lines if "credits" in line.item]
    assert (surplus.quantity, surplus.price_usd) == (Fraction(3, 10) * 730, Fraction("0.05"))
    assert unlimited.fleet.units_mean == 1


def test_baselines_of_the_large_sizes_are_fractions():
    """EC2 User Guide: t2.xlarge earns 54 credits an hour on 4 vCPU, t2.2xlarge 81 on 8."""
    types = PriceBook.load().instance_types
    assert types["t2.xlarge"].baseline == Fraction(54, 60 * 4)
    assert types["t2.2xlarge"].baseline == Fraction(81, 60 * 8)
