"""The AWS region of a file, from the ARNs that stand in its head."""

from __future__ import annotations

import re

from lambdaplan.evidence.source import Source

_SERVICES = "lambda|ecs|ec2|elasticloadbalancing|logs|autoscaling|states|execute-api|apigateway|cloudwatch"
_ARN = re.compile(rf"\barn:aws[\w-]*:(?:{_SERVICES}):([a-z]{{2}}(?:-[a-z]+)+-\d):")


def region_of_arns(source: Source) -> str | None:
    """The one region of the ARNs in the first 64 KB of a file; None where there is none, or are several."""
    if source.is_parquet:
        return None
    regions = set(_ARN.findall(source.head))
    return regions.pop() if len(regions) == 1 else None
