"""Secrets Manager: secrets kept, and calls of its API."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class SecretsManagerUsage(MeteredUsage):
    """Secrets, each for the share of the month that it was kept, and calls of the API.

    References: AWS Secrets Manager pricing, Amazon Web Services, price lists of 2025-08-28 and later.
    """

    title = "secrets"
    colour = "#b5b5a2"
    SERVICE = "secrets_manager"
    METERS = (
        Meter("secrets", "secret_month", "Secrets Manager secrets"),
        Meter("api_calls", "api_calls", "Secrets Manager API calls"),
    )

    secrets: Number = quantity("secrets kept, as a mean over the month", "secrets")
    api_calls: Number = quantity("calls of the API", "calls")
