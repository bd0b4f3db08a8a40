"""S3 Standard: data stored and requests."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class S3Usage(MeteredUsage):
    """Data in S3 Standard, in tiers, and requests: PUT, COPY, POST and LIST at one price, GET and others at another.

    References: Amazon S3 pricing, Amazon Web Services, price map of 2025-10-22.
    """

    title = "S3"
    colour = "#7fb8a4"
    SERVICE = "s3"
    METERS = (
        Meter("stored_gb", "stored", "S3 storage"),
        Meter("puts", "puts", "S3 PUT requests"),
        Meter("gets", "gets", "S3 GET requests"),
    )

    stored_gb: Number = quantity("data stored, as a mean over the month", "GB")
    puts: Number = quantity("PUT, COPY, POST and LIST requests", "requests")
    gets: Number = quantity("GET and all other requests", "requests")
