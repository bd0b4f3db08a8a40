"""init and quick: a first scenario from questions or flags, valid, small and commented, and its answer."""

from __future__ import annotations

import builtins
import random
from fractions import Fraction as F
from pathlib import Path

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.cli import start
from lambdaplan.cli.main import main
from lambdaplan.comparison.wording import answer
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.regions import PLACES
from lambdaplan.scenario.draft import BUSY, Draft, today_of
from lambdaplan.schema.parsing import parse_document
from lambdaplan.workload.traffic_reading import SHAPES

FLAGS = [
    "--requests",
    "40M",
    "--duration",
    "120ms",
    "--memory",
    "512",
    "--region",
    "eu-central-1",
    "--traffic",
    "office_hours",
    "--p95",
    "400",
    "--runtime",
    "python3.12",
    "--name",
    "Orders",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_become_a_small_commented_file_and_its_answer(here, capsys):
    assert main(["init", *FLAGS]) == 0
    text = (here / "my.yaml").read_text("utf-8")
    assert len(text.splitlines()) < 80
    assert sum("#" in line for line in text.splitlines()) > 15
    scenario = Scenario.load("my.yaml")
    work = scenario.workload
    assert (scenario.name, scenario.region, work.requests_per_month) == ("Orders", "eu-central-1", 40 * 10**6)
    assert (work.duration_ms, work.measured_memory_mb, work.busy_share) == (120, 512, F(3, 10))
    assert (work.slo.percentile, work.slo.response_ms, work.runtime) == (95, 400, "python3.12")
    assert work.traffic.shape == "office_hours"
    assert [option.kind for option in scenario.options] == ["lambda", "fargate", "ec2"]
    assert [option.is_choice for option in scenario.options] == [False, True, True]
    printed = capsys.readouterr().out
    assert printed.startswith(f"{answer(compare(scenario))}.\n95 % within 400 ms: held by")
    assert "Wrote my.yaml" in printed


def test_quick_gives_the_same_answer_and_writes_nothing(here, capsys):
    flags = ["--requests", "40M", "--duration", "120ms", "--memory", "512"]
    assert main(["init", *flags, "-o", "a.yaml"]) == 0
    with_file = capsys.readouterr().out
    assert main(["quick", *flags]) == 0
    assert with_file.startswith(capsys.readouterr().out.rstrip("\n"))
    assert [path.name for path in here.iterdir()] == ["a.yaml"]


def test_a_file_that_is_there_stays_unless_asked(here, capsys):
    (here / "my.yaml").write_text("mine", "utf-8")
    assert main(["init", *FLAGS]) == 2
    assert "my.yaml" in capsys.readouterr().err
    assert (here / "my.yaml").read_text("utf-8") == "mine"
    assert main(["init", "--requests", "1", "--duration", "1ms", "--memory", "128", "--force"]) == 0
    assert (here / "my.yaml").read_text("utf-8") != "mine"


def test_every_draft_is_a_scenario_that_says_what_was_given():
    """Random services in every region of the book."""
    rng = random.Random(20)
    for region in PriceBook.load().regions:
        today = today_of(rng.choice(("nothing", "lambda 512MB", "fargate 0.5 1GB", "lambda")), "today", [])
        draft = Draft(
            requests_per_month=F(rng.choice((0, 1, 10**5, 4 * 10**7, 10**9))),
            duration_ms=F(rng.choice((1, 120, 2500)), rng.choice((1, 2))),
            memory_mb=F(rng.choice((128, 512, 1769, 10240))),
            name=rng.choice(("API", "Größe: \"1\" # 'x'", "- [a]", "null")),
            region=region,
            busy_share=rng.choice((*BUSY.values(), F(1, 8))),
            used_memory_mb=rng.choice((None, F(90))),
            shape=rng.choice(SHAPES),
            runtime=rng.choice((None, None, "python3.12", "nodejs22.x")),
            today=today,
            **rng.choice(
                (
                    {},
                    {"percentile": F(95), "response_ms": F(9000)},
                    {"kind": "queue", "max_wait_s": F(600), "batch_size": rng.choice((None, F(10)))},
                    {"kind": "job"},
                )
            ),
        )
        text = draft.text()
        assert len(text.splitlines()) < 80
        assert all(len(line) <= 120 for line in text.splitlines()[1:])
        scenario = Scenario.from_dict(parse_document(text, "x.yaml", yaml=True))
        work = scenario.workload
        assert (scenario.name, scenario.region) == (draft.name, region)
        assert (work.requests_per_month, work.duration_ms) == (draft.requests_per_month, draft.duration_ms)
        assert (work.kind, work.max_wait_s, work.batch_size) == (draft.kind, draft.max_wait_s, draft.batch_size or 1)
        assert (work.busy_share, work.working_set_mb, work.traffic.shape) == (
            draft.busy_share,
            draft.working_set_mb,
            draft.shape,
        )
        kinds = [option.kind for option in scenario.options]
        assert kinds[0] == ("lambda" if today is None else today["kind"])
        assert "ec2" in kinds
        assert region in PLACES


@pytest.mark.parametrize(("flags", "messages"), [
    ([], ["--requests is missing: tell the service in flags: --requests 40M --duration 120ms --memory 512MB. On a terminal it is asked for."]),
    (["--requests", "40M"], [
        "--duration is missing: mean time of a warm request on Lambda, such as 120ms. Try --duration 120ms.",
        "--memory is missing: memory of the function it was measured with, such as 512MB. Try --memory 512MB.",
    ]),
    ([*FLAGS, "--duration", "0.12"], ["--duration = 0.12 does not fit: 0.12 ms: is that meant? Give it with its unit, as 200ms or 1.5s."]),
    ([*FLAGS, "--duration", "1000000"], ["--duration = 1000000 does not fit: 1000000 ms: is that meant? Give it with its unit, as 200ms or 1.5s."]),
    ([*FLAGS, "--requests", "1,5M"], ['--requests = "1,5M" is not a number with a decimal point, 0..1000000000000000 (requests a month, whole numbers). It has a decimal comma: write 1.5M.']),
    ([*FLAGS, "--region", "frankfurt"], ['--region = "frankfurt" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?']),
    ([*FLAGS, "--busy", "mostly"], ['--busy = "mostly" is not one of waits, mixed, computes, or a share such as 30%.']),
    ([*FLAGS, "--traffic", "business"], ['--traffic = "business" is not one of flat, office_hours, daily, weekend_peak, spiky. Did you mean office_hours?']),
    ([*FLAGS, "--p99", "1s"], ["--p99 = 1s does not fit: --p95 is given too. Keep one of them."]),
    ([*FLAGS, "--kind", "cron"], ['--kind = "cron" is not one of service, queue, job. Did you mean job?']),
    ([*FLAGS, "--kind", "queue"], [
        "--p95 = 400 does not fit: nobody waits for an answer: of a queue --wait takes its place. Leave it out.",
        "--wait is missing: longest time that a message of a queue may wait, such as 10min. Try --wait 10min.",
    ]),
    ([*FLAGS, "--wait", "1h", "--batch", "10"], [
        "--wait = 1h does not fit: it goes with --kind queue. Leave it out.", "--batch = 10 does not fit: it goes with --kind queue. Leave it out.",
    ]),
    ([*FLAGS, "--today", "heroku"], ['--today = "heroku" is not what runs today, such as lambda 512MB, fargate 0.5 1GB or ec2 m5.large.']),
    ([*FLAGS, "--today", "fargate 1"], ['--today = "fargate 1" is not a size of fargate. Write it as fargate 0.5 1GB.']),
])  # fmt: skip
def test_flags_that_do_not_fit(flags, messages, capsys, here):
    assert main(["init", *flags]) == 2
    assert capsys.readouterr().err.splitlines() == [f"error: {message}" for message in messages]
    assert not list(here.iterdir())


@pytest.mark.parametrize(("text", "option"), [
    ("", None), ("nothing", None), ("lambda", {"kind": "lambda", "memory_mb": "auto"}), ("lambda 1GB", {"kind": "lambda", "memory_mb": 1024}),
    ("fargate 0.5 vCPU, 1 GB", None), ("fargate 0.5 1GB", {"kind": "fargate", "vcpu": F(1, 2), "memory_gb": 1}),
    ("ec2 m5.large", {"kind": "ec2", "instance_type": "m5.large"}), ("m5.large", {"kind": "ec2", "instance_type": "m5.large"}),
])  # fmt: skip
def test_what_runs_today(text, option):
    problems = []
    assert today_of(text, "today", problems) == option or problems


def test_questions_are_asked_again_until_they_can_be_read(here, monkeypatch, capsys):
    replies = iter([
        "Orders, python3.12", "frankfurt", "eu-central-1", "lots", "40M", "120ms", "0.12 at 512", "120ms at 512MB", "", "office hours",
        "none", "lambda 512MB",
    ])  # fmt: skip
    monkeypatch.setattr(builtins, "input", lambda _: next(replies))
    monkeypatch.setattr(start, "_on_a_terminal", lambda: True)
    assert main(["init", "-o", "mine.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "Did you mean eu-central-1 (Frankfurt, Germany)?" in printed
    assert "0.12 ms: is that meant?" in printed
    scenario = Scenario.load("mine.yaml")
    assert (scenario.name, scenario.workload.runtime, scenario.options[0].memory_mb) == ("Orders", "python3.12", 512)
    assert scenario.workload.traffic.shape == "office_hours"
    assert next(replies, None) is None


def test_a_job_pays_for_the_start_of_its_units_and_is_seen_from_one_run_a_month(here, capsys):
    assert main(["init", "--kind", "job", "--requests", "1/day", "--duration", "5m", "--memory", "1GB"]) == 0
    scenario = Scenario.load("my.yaml")
    work = scenario.workload
    assert (work.kind, work.requests_per_month, work.duration_ms, work.arrivals) == ("job", 30, 300_000, "regular")
    assert [getattr(option, "startup_s", None) for option in scenario.options] == [None, 40, 90]
    assert (scenario.sweep.start, scenario.sweep.to) == (1, 1_000_000)
    assert len((here / "my.yaml").read_text("utf-8").splitlines()) < 80
    assert "each run starts a unit of its own" in capsys.readouterr().out


@pytest.mark.parametrize(("replies", "kind", "requests", "wait"), [
    (["Mail", "", "3M messages", "900ms at 512MB", "", "", "10min", ""], "queue", 3_000_000, 600),
    (["Mail", "", "100k messages/day", "900ms at 512MB", "", "", "", ""], "queue", 3_041_667, 3600),
    (["Report", "", "1 run/day", "5min at 1GB", "", ""], "job", 30, None),
    (["Report", "", "2 runs per hour", "5min at 1GB", "", ""], "job", 1460, None),
])  # fmt: skip
def test_work_that_may_wait_is_told_by_what_is_counted(replies, kind, requests, wait, here, monkeypatch, capsys):
    """Messages or runs: then other questions follow, and fewer."""
    given = iter(replies)
    monkeypatch.setattr(builtins, "input", lambda _: next(given))
    monkeypatch.setattr(start, "_on_a_terminal", lambda: True)
    assert main(["init"]) == 0
    work = Scenario.load("my.yaml").workload
    assert (work.kind, work.requests_per_month, work.max_wait_s) == (kind, requests, wait)
    assert next(given, None) is None


def test_input_that_ends_is_told(monkeypatch, capsys):
    def end(_):
        raise EOFError

    monkeypatch.setattr(builtins, "input", end)
    monkeypatch.setattr(start, "_on_a_terminal", lambda: True)
    assert main(["init"]) == 2
    assert "ended before the last question" in capsys.readouterr().err
