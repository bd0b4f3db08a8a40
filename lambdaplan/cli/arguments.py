"""How a command declares its arguments, and the parser whose errors are the package's."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.pricing.price_book import DEFAULT_BOOK

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001  # argparse has no public name for it


_ALSO = {
    "start": "init", "new": "init", "create": "init", "price": "compare", "cost": "compare", "run": "compare",
    "calculate": "compare", "estimate": "quick", "docs": "fields", "notebook": "lab", "app": "lab", "adr": "record",
    "explorer": "lab", "validate": "compare", "sweep": "compare", "diagram": "export", "pdf": "report",
    "chart": "export", "graph": "export", "plot": "export", "picture": "export", "map": "export", "atlas": "export",
    "ui": "lab", "gui": "lab", "open": "lab", "web": "lab", "browser": "lab", "serve": "lab", "server": "lab",
    "jupyter": "lab", "voila": "lab", "show": "compare", "answer": "compare", "optimize": "compare",
    "optimise": "compare", "list": "prices", "regions": "prices", "book": "prices", "books": "prices",
    "tf": "terraform", "iac": "terraform", "montecarlo": "risk", "monte_carlo": "risk", "ranges": "risk",
    "breakeven": "ladder", "break_even": "ladder", "coldstart": "cold", "cold_start": "cold", "cold_starts": "cold",
    "savings_plan": "commit", "commitment": "commit", "load": "import", "read": "import", "convert": "import",
    "update": "refresh", "fetch": "refresh", "calc": "compare", "calculator": "compare", "evaluate": "compare",
    "services": "batch", "invoice": "bill", "payback": "moving", "migration": "moving", "word": "report",
}  # fmt: skip
"""Other words for commands."""
_CHANGED = {
    "--region": "region", "--requests": "workload.requests_per_month", "--duration": "workload.duration_ms",
    "--memory": "options.0.memory_mb", "--traffic": "workload.traffic.shape", "--runtime": "workload.runtime",
    "--busy": "workload.busy_share", "--used-memory": "workload.working_set_mb", "--free-tier": "free_tier",
    "--include": "include", "--architecture": "architecture", "--arch": "architecture", "--name": "name",
    "--hours": "hours_per_month",
}  # fmt: skip
"""Fields that are changed by --set, by options that people try in its place."""
_OPTIONS = {
    "--word": "--docx", "--doc": "--docx", "--pictures": "--chart", "--charts": "--chart", "--figure": "--chart",
    "-v": "--version", "-V": "--version", "--ver": "--version", "-f": "--force", "--yes": "--force",
    "--to": "-o", "--folder": "-o", "--out": "-o", "--output": "-o", "--format": "--json", "--pricebook": "--book",
    "--rps": "--requests", "--rate": "--requests", "--calls": "--requests", "--volume": "--requests",
    "--latency": "--p95", "--slo": "--p95", "--answer-time": "--p95", "--time": "--duration", "--ms": "--duration",
    "--cpu": "--busy", "--ram": "--memory", "--mem": "--memory", "--size": "--memory", "--lang": "--runtime",
    "--language": "--runtime", "--shape": "--traffic", "--current": "--today", "--zone": "--region",
    "--option": "--decide", "--winner": "--decide", "--choose": "--decide",
    "-j": "--json", "-s": "--set", "--change": "--set", "--with": "--set", "--override": "--set", "--param": "--set",
}  # fmt: skip
"""Other words for options."""
_SUCH = {
    "batch": "services.csv --base my.yaml", "diff": "a.yaml b.yaml", "show": "lambda requests/x86_64",
    "prices show": "lambda requests/x86_64", "bill": "usage.json", "backtest": "my.yaml bill.csv",
    "portfolio": "services.csv --base my.yaml", "schema": "scenario", "check": "record.md", "import": "bill.csv",
}  # fmt: skip
"""How commands with several arguments are written."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are the package's: one line, exit 2, no usage text; an empty argument is one of them."""

    def add_argument(self, *names: str, **how: Any) -> argparse.Action:
        """Declare an argument. Where it takes text, empty text is an error: it never stands for a default."""
        if how.get("action", "store") in ("store", "append") and not {"type", "choices"} & how.keys():
            how["type"] = _not_empty(names[0] if names[0].startswith("-") else how.get("metavar", names[0]))
        return super().add_argument(*names, **how)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; what no command takes is told with the nearest option of the command."""
        parsed, rest = self.parse_known_args(args, namespace)
        if rest:
            command = self.commands.get(getattr(parsed, "command", None) or "", self)
            fix = _rest_meant(rest, command, bool(getattr(parsed, "changes", None)))
            words = f"unrecognized arguments: {shorten(' '.join(rest), 80)}"
            raise InputError(Problem("syntax", "command line", words, f"see {command.prog} --help", fix))
        return parsed

    @property
    def commands(self) -> dict[str, Parser]:
        """The commands below this parser by name."""
        lists = (action.choices for action in self._actions if isinstance(action.choices, dict))
        return dict(next(lists, {}))

    @property
    def arguments(self) -> list[argparse.Action]:
        """Its arguments and options."""
        return list(self._actions)

    @property
    def options(self) -> list[str]:
        """The options that it takes, such as --json."""
        return [name for action in self._actions for name in action.option_strings]

    def error(self, message: str) -> NoReturn:
        words, fix = f"see {self.prog} --help", ""
        given = re.match(r"argument (\w+): invalid choice: '(.*)' \(choose from (.*)\)$", message, re.DOTALL)
        if given:
            known = [name.strip(" '") for name in given[3].split(",")]
            message = f"invalid choice {given[2]!r} for {given[1]}"
            fix = nearest(given[2], known, _ALSO)
            if not fix and given[1] == "COMMAND" and Path(given[2]).suffix in (".json", ".yaml", ".yml"):
                fix = f"Did you mean {self.prog} compare {shorten(given[2])}?"
            elif not fix and len(known) < 8:
                fix = f"It is one of {', '.join(known)}."
            elif not fix and given[2] in ("help", "version"):
                fix = f"Did you mean {self.prog} --{given[2]}?"
        elif message.startswith("the following arguments are required: ") and self.prog.split(" ", 1)[-1] in _SUCH:
            fix = f"Such as {self.prog} {_SUCH[self.prog.split(' ', 1)[-1]]}."
        elif message == "argument --set: expected one argument":
            fix = "Such as --set workload.duration_ms=300."
        elif message.startswith("the following arguments are required: SCENARIO"):
            fix = f"Such as {self.prog} my.yaml; lambdaplan init writes one."
        raise InputError(Problem("syntax", "command line", shorten(message, 200), words, fix))


def _rest_meant(rest: Sequence[str], command: Parser, changed: bool) -> str:
    """What was meant by arguments that a command does not take."""
    name, equals, value = rest[0].partition("=")
    changes, own = "--set" in command.options, command.prog.split(" ", 1)[-1]
    if name.startswith("-"):
        field = _CHANGED.get(name) if changes else None
        given = value if equals else rest[1] if len(rest) > 1 else "VALUE"
        if name in ("--format", "--type") and "--json" not in command.options:
            name = f"--{given.lower().lstrip('.')}"
        return f"Did you mean --set {field}={shorten(given, 40)}?" if field else _option_meant(name, command.options)
    if changed:
        return "A change is written --set PATH=VALUE, without spaces, and each has its own --set."
    if equals and changes:
        return f"Did you mean --set {shorten(rest[0], 80)}?"
    if Path(name).suffix in (".json", ".yaml", ".yml"):
        words = {"lab": "Load scenario takes it, in the explorer.", "quick": "lambdaplan compare answers a file."}
        words["init"] = f"Did you mean -o {shorten(name, 80)}?"
        return words.get(own, "It takes one scenario; lambdaplan diff A B compares two." if changes else "")
    return ""


def _option_meant(name: str, known: Sequence[str]) -> str:
    """The option that was meant by one that a command does not take."""
    meant = _OPTIONS.get(name, name)
    if meant in known:
        return f"Did you mean {meant}?"
    if meant == "-o":
        return "It writes no file: what it prints goes into one with > FILE."
    if re.fullmatch(r"--p[0-9.]+", name) and "--p95" in known:
        return f"Percentiles are {', '.join(sorted(one for one in known if re.match('--p[0-9]', one)))}."
    if name in ("--from", "--input", "--file", "-i") and "--requests" in known:
        return "lambdaplan import FILE -o my.yaml makes a scenario of logs, metrics, bills and templates."
    if name in ("--pdf", "--html", "--png", "--svg", "--csv", "--docx", "--markdown"):
        return _FORMATS[name]
    long = {one[2:]: one for one in known if one.startswith("--")}
    return (
        nearest(name.lstrip("-"), long).replace("mean ", "mean --") if name.startswith("--") else nearest(name, known)
    )


_PICTURES = "lambdaplan export SCENARIO writes pictures as SVG and PNG."
_FORMATS = {
    "--pdf": "The page that lambdaplan report writes is printed as PDF by any browser.",
    "--html": "lambdaplan report writes report.html, into the folder of -o.",
    "--png": _PICTURES,
    "--svg": _PICTURES,
    "--csv": "lambdaplan compare --json prints all figures; lambdaplan batch writes a CSV of many services.",
    "--docx": "lambdaplan export --docx writes the report for Word.",
    "--markdown": "lambdaplan record writes Markdown.",
}
"""Where a format comes from that a command does not write."""


def _not_empty(name: str) -> Callable[[str], str]:
    """The reader of an argument's text.

    Raises: InputError when it is empty, as a variable of the shell may be that was never set.
    """

    def read(text: str) -> str:
        if not text.strip():
            fix = "Give a value; a variable of the shell may be empty."
            raise InputError(Problem("type", name, f'"{shorten(text)}"', "text with something in it", fix))
        return text

    return read


def new_command(commands: Commands, name: str, does: str, run: Callable[[argparse.Namespace], int]) -> Parser:
    """Add a command with the function that runs it and returns the exit code."""
    command = commands.add_parser(name, help=does, description=does)
    command.set_defaults(run=run)
    return command


def scenario_argument(command: Parser, optional: bool = False) -> None:
    """Take a scenario's file, and the changes of --set."""
    words = "a scenario file (JSON or YAML), or - for standard input"
    words += "; default: the packaged Node.js API" if optional else ""
    command.add_argument("scenario", nargs="?" if optional else None, metavar="SCENARIO", help=words)
    changes_argument(command)


def changes_argument(
    command: Parser,
    words: str = "change a value of the scenario, such as workload.requests_per_month=10M; may be repeated",
) -> None:
    """Take --set, as often as it is given."""
    command.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="changes", help=words)


def book_argument(command: Parser, default: str = DEFAULT_BOOK) -> None:
    """Take the price book."""
    command.add_argument("--book", metavar="ID", help=f"a price book; default: {default}")


def dask_argument(command: Parser, what: str) -> None:
    """Declare --dask."""
    words = f"the scheduler of your own Dask cluster, whose workers {what}; nothing else is connected to"
    command.add_argument("--dask", metavar="ADDRESS", help=words)


def json_argument(command: argparse._ActionsContainer, does: str) -> None:
    """Take --json: print documents instead of text."""
    command.add_argument("--json", action="store_true", help=f"print {does} as JSON")


def output_argument(command: Parser, default: str, words: str) -> None:
    """Take -o DIR: the folder that a command writes to."""
    command.add_argument("-o", "--output", metavar="DIR", default=default, help=f"{words} (default: %(default)s)")


def file_argument(command: Parser, metavar: str, kinds: Sequence[str], words: str) -> None:
    """Take -o FILE: the file that a command writes. What its name says it is, the command can write."""

    def read(text: str) -> str:
        kind = Path(_not_empty("-o")(text)).suffix.lower()
        if kind not in kinds:
            shown = ", ".join(one or "no ending" for one in kinds)
            raise InputError(Problem("choice", "-o", f'"{shorten(text)}"', f"the files it writes: {shown}"))
        return text

    command.add_argument("-o", "--output", metavar=metavar, type=read, help=words)


def count_from(flag: str, text: str, most: int) -> int:
    """The whole number of a flag, from 1 to the most.

    Raises: InputError when it is none.
    """
    if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= most:
        return int(text)
    raise InputError(Problem("range", flag, f'"{shorten(text)}"', f"1..{most}"))
