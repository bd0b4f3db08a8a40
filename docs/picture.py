"""Draw the README's picture: the ladder of assumptions beside published break-evens."""

from __future__ import annotations

import sys
from pathlib import Path

import lambdaplan
from lambdaplan.charts.ladder import ladder_chart
from lambdaplan.charts.rendering import specification_of, still
from lambdaplan.resources import data_dir


def main(path: Path) -> None:
    """Write the picture to a path."""
    scenario = lambdaplan.Scenario.load(data_dir() / "scenarios" / "node_api.json")
    drawn = ladder_chart(lambdaplan.ladder(scenario, lambdaplan.load_rungs()))
    path.write_text(still(specification_of(drawn)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
