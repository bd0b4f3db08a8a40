"""ECR: container images stored."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class EcrUsage(MeteredUsage):
    """Images in private repositories; pulls from the same region are free.

    References: Amazon ECR pricing, Amazon Web Services, price list of 2025-11-21.
    """

    title = "ECR"
    colour = "#7fb8a4"
    SERVICE = "ecr"
    METERS = (Meter("stored_gb", "stored", "ECR storage"),)

    stored_gb: Number = quantity("images stored, as a mean over the month", "GB")
