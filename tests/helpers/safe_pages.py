"""What makes a page or a picture safe, found in its bytes by a reader of HTML and XML that is not the package's."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

POLICY = re.compile(
    r"default-src 'none'; script-src ('sha256-[\w+/=]+'); style-src ('sha256-[\w+/=]+'); base-uri 'none'; form-action 'none'"
)
DATA = ("lp-spec", "lp-narrow", "lp-data")  # JSON that a script reads: of a chart, of sliders
# where the sources of prices stand; nobody but the reader follows a link
SOURCES = ("https://github.com/", "https://aws.amazon.com/", "https://docs.aws.amazon.com/")
ADDRESSES = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "ping", "xlink:href"}


class _Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in self.inside:
            self._open = tag
            self.inside[tag].append("")

    def handle_endtag(self, tag):
        if tag == self._open:
            self._open = ""

    def handle_data(self, data):
        if self._open:
            self.inside[self._open][-1] += data


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def unsafe_in_page(text: str) -> list[str]:
    """Everything that makes a page unsafe, or hard to read for a machine that reads it out; nothing when all is well."""
    page, found = _Read(text), []
    tags = [tag for tag, _ in page.elements]
    # the policy stands before anything that it must hold for
    metas = [
        (n, a["content"]) for n, (t, a) in enumerate(page.elements) if a.get("http-equiv") == "Content-Security-Policy"
    ]
    if len(metas) != 1 or tags[: metas[0][0] + 1] != ["html", "head", "meta", "meta"]:
        return [f"no policy at the head: {tags[:6]}"]
    policy = POLICY.fullmatch(metas[0][1])
    if not policy:
        return [f"policy {metas[0][1]}"]
    scripts = [a for t, a in page.elements if t == "script"]
    runs = [body for a, body in zip(scripts, page.inside["script"], strict=True) if not a]
    other = [a for a in scripts if a and a not in [{"type": "application/json", "class": kind} for kind in DATA]]
    if [_hash(body) for body in runs] != [policy[1]] or other:
        found.append(f"{len(runs)} scripts, of which the policy names another; others {other}")
    if [_hash(body) for body in page.inside["style"]] != [policy[2]]:
        found.append("a style that the policy does not name")
    for tag, attributes in page.elements:
        if tag in (
            "iframe",
            "frame",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "img",
            "image",
            "use",
            "foreignobject",
            "template",
        ):
            found.append(f"<{tag}>")
        found += [
            f"{tag} {name}={value}" for name, value in attributes.items() if name.startswith("on") or name == "style"
        ]
        found += [
            f"{tag} {name}={value}"
            for name, value in attributes.items()
            if name in ADDRESSES and not value.startswith("#") and not (tag == "a" and value.startswith(SOURCES))
        ]
    attributes = dict(page.elements)
    if (
        attributes["html"].get("lang") != "en"
        or tags.count("title") < 1
        or tags.count("main") != 1
        or tags.count("h1") != 1
    ):
        found.append("no language, title, main part or heading")
    return found


SVG = "{http://www.w3.org/2000/svg}"


def unsafe_in_svg(text: str) -> list[str]:
    """Everything in a picture that is neither a shape nor a word."""
    found = []
    if "<!" in text or "<?" in text:
        found.append("a declaration")
    for element in ET.fromstring(text).iter():  # noqa: S314 - expat 2.4.1 and later withstand bombs
        if element.tag.removeprefix(SVG) not in (
            "svg",
            "g",
            "defs",
            "clipPath",
            "rect",
            "path",
            "line",
            "text",
            "tspan",
            "circle",
            "title",
            "desc",
        ):
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name.startswith("on") or "href" in name or name == "style":
                found.append(f"{name}={value}")
            if "url(" in value and not name.startswith("aria-") and not re.fullmatch(r"url\(#[\w-]+\)", value):
                found.append(f"{name}={value}")
    return found
