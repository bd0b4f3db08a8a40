"""Charts: one a file, from a result of the models to an altair chart."""

import sys

# jsonschema takes these as absent and leaves out checks that charts and notebooks don't need. With them, a grammar is
# compiled and a calendar loaded that make up three quarters of the import of altair and of papermill.
for _name in ("rfc3987_syntax", "isoduration"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
