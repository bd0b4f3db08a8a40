"""Regions of AWS by the names that people give them: cities, countries, and slips of the code."""

from __future__ import annotations

import difflib
import re
import unicodedata
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
    "us-east-1": "america, amerika, états unis, estados unidos, "
    "virginia, north virginia, northern virginia, usa, us, us-east, use1, iad",
    "us-west-1": "california, north california, northern california, usw1, sfo",
    "us-west-2": "us-west, usw2, pdx",
    "eu-central-1": "deutschland, allemagne, alemania, alemanha, germania, duitsland, niemcy, tyskland, francfort, "
    "fráncfort, francoforte, europa, eu-central, europe, eu, de, euc1, fra",
    "eu-central-2": "schweiz, suisse, svizzera, suiza, zuerich, zürich, zurigo, ch",
    "eu-west-1": "dublin, dublino, dublín, irland, irlande, irlanda, ierland, ie, eu-west, euw1, dub",
    "eu-west-2": "uk, gb, united kingdom, great britain, britain, londres, londra, londen, england, angleterre, "
    "inglaterra, inghilterra, grossbritannien, lhr",
    "eu-west-3": "frankreich, francia, frança, frankrijk, parigi, parijs, fr, cdg",
    "eu-south-1": "milano, mailand, milán, italien, italie, italia, it, eu-south",
    "eu-south-2": "madrid, aragon, zaragoza, saragossa, spanien, espagne, españa, spagna, espanha, es",
    "eu-north-1": "eu-north, schweden, suède, suecia, svezia, sverige, zweden, se, nordics, scandinavia, arn",
    "il-central-1": "tlv, il, israël",
    "me-central-1": "dubai, united arab emirates, ae, vae, emirate, emirates",
    "me-south-1": "bh, bahreïn",
    "af-south-1": "kapstadt, südafrika, afrique du sud, sudáfrica, za, africa, afrika",
    "ap-east-1": "hk, hongkong, 香港",
    "ap-east-2": "tw, taiwan, 台北, 台湾",
    "ap-southeast-2": "australien, australie, au, syd",
    "ap-southeast-3": "indonesien, indonésie, id",
    "ap-southeast-5": "kuala lumpur, my",
    "ap-southeast-6": "auckland, neuseeland, nz",
    "ap-southeast-7": "bangkok, th",
    "ap-northeast-1": "ap-northeast, tokio, japon, giappone, japón, jp, nrt, 東京, 东京, 日本",
    "ap-northeast-2": "korea, südkorea, corée, corea, kr, icn, 서울, 首尔",
    "ap-northeast-3": "大阪",
    "ap-southeast-1": "ap-southeast, singapur, singapour, sg, sin, 新加坡",
    "ap-south-1": "ap-south, bombay, indien, inde, india, in, 孟买",
    "ca-central-1": "toronto, ca-central, kanada, ca",
    "sa-east-1": "sa-east, são paulo, brasilien, brésil, brasil, brasile, br, gru",
    "mx-central-1": "queretaro, querétaro, mexiko, mexique, méxico, mx",
}


def place_of(region: str) -> str:
    """A region with the place where it is, as eu-central-1 (Frankfurt, Germany)."""
    return f"{region} ({PLACES[region]})" if region in PLACES else region


def _simple(name: str) -> str:
    """A name in small letters without accents, its words parted by single spaces."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", unicodedata.normalize("NFC", plain)).split())


def nearest_region(name: object, known: Iterable[str]) -> str:
    """What region is meant by a name that is none: of a city, a country, a zone, or mistyped; or a few of them."""
    regions = list(known)
    if not isinstance(name, str):
        return ""
    word = _simple(name[:80].replace("_", " "))
    for region in regions:
        names = f"{region}, {PLACES.get(region, '')}, {ALSO.get(region, '')}".lower().split(", ")
        simple = [_simple(one) for one in names]
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
