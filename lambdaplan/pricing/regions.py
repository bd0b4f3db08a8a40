"""Regions of AWS by the names that people give them: cities, countries, and slips of the code."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from lambdaplan.errors import nearest

PLACES = {
    "us-east-1": "N. Virginia",
    "us-east-2": "Ohio",
    "us-west-1": "N. California",
    "us-west-2": "Oregon",
    "us-gov-east-1": "GovCloud US-East",
    "us-gov-west-1": "GovCloud US-West",
    "ca-central-1": "Montreal, Canada",
    "ca-west-1": "Calgary, Canada",
    "mx-central-1": "Mexico",
    "sa-east-1": "Sao Paulo, Brazil",
    "eu-central-1": "Frankfurt, Germany",
    "eu-central-2": "Zurich, Switzerland",
    "eu-north-1": "Stockholm, Sweden",
    "eu-south-1": "Milan, Italy",
    "eu-south-2": "Spain",
    "eu-west-1": "Ireland",
    "eu-west-2": "London, England",
    "eu-west-3": "Paris, France",
    "il-central-1": "Tel Aviv, Israel",
    "me-central-1": "UAE",
    "me-south-1": "Bahrain",
    "af-south-1": "Cape Town, South Africa",
    "ap-east-1": "Hong Kong",
    "ap-east-2": "Taipei, Taiwan",
    "ap-northeast-1": "Tokyo, Japan",
    "ap-northeast-2": "Seoul, South Korea",
    "ap-northeast-3": "Osaka, Japan",
    "ap-south-1": "Mumbai, India",
    "ap-south-2": "Hyderabad, India",
    "ap-southeast-1": "Singapore",
    "ap-southeast-2": "Sydney, Australia",
    "ap-southeast-3": "Jakarta, Indonesia",
    "ap-southeast-4": "Melbourne, Australia",
    "ap-southeast-5": "Malaysia",
    "ap-southeast-6": "New Zealand",
    "ap-southeast-7": "Thailand",
}
"""Where a region is.

References: AWS Regions, Amazon Web Services, docs.aws.amazon.com/global-infrastructure, read 2026-11-30.
"""

ALSO = {
    "us-east-1": "virginia, north virginia, northern virginia, usa, us, us-east, use1, iad",
    "us-west-1": "california, north california, northern california, usw1, sfo",
    "us-west-2": "us-west, usw2, pdx",
    "eu-central-1": "deutschland, eu-central, europe, eu, euc1, fra",
    "eu-central-2": "schweiz, zuerich",
    "eu-west-1": "dublin, eu-west, euw1, dub",
    "eu-west-2": "uk, united kingdom, great britain, britain",
    "eu-south-1": "milano, eu-south",
    "eu-south-2": "madrid, aragon, zaragoza",
    "eu-north-1": "eu-north",
    "il-central-1": "tlv",
    "me-central-1": "dubai, united arab emirates",
    "ap-southeast-5": "kuala lumpur",
    "ap-southeast-6": "auckland",
    "ap-southeast-7": "bangkok",
    "ap-northeast-1": "ap-northeast",
    "ap-northeast-2": "korea",
    "ap-southeast-1": "ap-southeast",
    "ap-south-1": "ap-south, bombay",
    "ca-central-1": "toronto, ca-central",
    "sa-east-1": "sa-east",
    "mx-central-1": "queretaro",
}


def place_of(region: str) -> str:
    """A region with the place where it is, as eu-central-1 (Frankfurt, Germany)."""
    return f"{region} ({PLACES[region]})" if region in PLACES else region


def nearest_region(name: object, known: Iterable[str]) -> str:
    """What region is meant by a name that is none: of a city, a country, a zone, or mistyped; or a few of them."""
    regions = list(known)
    if not isinstance(name, str):
        return ""
    word = " ".join(re.sub(r"[^\w]+", " ", name[:80].lower().replace("_", " ")).split())
    for region in regions:
        names = f"{region}, {PLACES.get(region, '')}, {ALSO.get(region, '')}".lower().split(", ")
        simple = [re.sub(r"[^\w]+", " ", one).strip() for one in names]
        if word in simple or word.replace(" ", "") in [one.replace(" ", "") for one in simple]:
            return f"Did you mean {place_of(region)}?"
        if re.fullmatch(rf"{re.escape(region)}[a-f]", name.strip().lower()):  # an availability zone
            return f"Did you mean {place_of(region)}?"
    containing = [r for r in regions if len(word) > 2 and word in PLACES.get(r, "").lower()]
    named = {part: r for r in reversed(regions) for part in PLACES.get(r, "").lower().split(", ")}
    fix = nearest(name.strip(), regions)
    if containing and not fix:
        return f"Did you mean {' or '.join(place_of(region) for region in containing[:3])}?"
    if not fix:
        city = difflib.get_close_matches(word, named, n=1, cutoff=0.75)
        fix = f"Did you mean {place_of(named[city[0]])}?" if city else ""
    elif fix[13:-1] in regions:
        fix = f"Did you mean {fix[13:-1]}?"
    return fix or f"Such as {place_of('us-east-1')}, {place_of('eu-central-1')} or {place_of('ap-southeast-1')}."
