"""Where the checkout keeps what tests read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"

# The packaged Node.js API with Lambda on x86 and fleets on Arm, as it stood before every option was on one processor:
# for tests of mechanics, whose figures were worked out by hand with it.
MIXED = ROOT / "tests" / "helpers" / "node_api_mixed.json"
