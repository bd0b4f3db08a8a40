"""Rendering: an altair chart as a safe SVG, a PNG or a live figure of a page."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from markupsafe import Markup

from lambdaplan.charts.letters import in_their_room
from lambdaplan.errors import Problem, ReportError, shorten

PACKAGE = str(Path(__file__).resolve().parents[2])
POINTED_AT = "hover"  # how the name of a view ends that follows the pointer
FONT = "Liberation Sans"  # comes with vl-convert; as wide as Arial, letter by letter

# What each page runs beside Vega: every figure's still picture gives way to a live chart, whose
# expressions are interpreted (never compiled), and which may load nothing. The keyboard reaches each box that scrolls.
START = """
const refuse = () => Promise.reject(new Error("this page loads nothing"));
const loader = {load: refuse, sanitize: refuse, http: refuse, file: refuse};
for (const figure of document.querySelectorAll("figure.lp-chart")) {
  const live = document.createElement("div");
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, loader, defaultStyle: false,
    tooltip: {disableDefaultStyle: true},
  };
  try {
    const narrow = matchMedia("(max-width: 440px)").matches && figure.querySelector(".lp-narrow");
    if (narrow) figure.classList.add("lp-fits");
    vegaEmbed(live, JSON.parse((narrow || figure.querySelector(".lp-spec")).textContent), options)
      .then(() => { figure.querySelector(".lp-view").replaceChildren(live); figure.dataset.ready = "1"; })
      .catch(error => { figure.dataset.error = error.message; });
  } catch (error) { figure.dataset.error = error.message; }
}
const reach = () => {
  for (const box of document.querySelectorAll(".lp-scroll, figure.lp-chart"))
    box.scrollWidth > box.clientWidth ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex");
};
addEventListener("resize", reach);
document.addEventListener("toggle", reach, true);
reach();
"""


def bundle(snippet: str | None = None) -> str:
    """Vega, Vega-Lite and vega-embed in one script that asks nothing of a network, with a script that uses them."""
    import vl_convert

    given = {} if snippet is None else {"snippet": snippet}
    return str(vl_convert.javascript_bundle(**given, vl_version=vl_convert.get_vegalite_versions()[-1]))


@functools.cache
def page_script() -> str:
    """The one script of every page: Vega, Vega-Lite and vega-embed, and the start of the charts."""
    script = bundle()
    script = script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"(()=>{{{script}\n{START}}})();"


class Script:
    """The script of the pages, made by a process of its own while this one does something else.

    Making it takes a second, in which vl-convert lets no other thread of its process run.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vega.js"
        code = (
            f"import sys; sys.path.append({PACKAGE!r}); from lambdaplan.charts.rendering import page_script; "
            "sys.stdout.buffer.write(page_script().encode())"
        )
        with self._file.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, on a line of our own
                [sys.executable, "-P", "-c", code], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL
            )

    def text(self) -> str:
        """The script, once it is made.

        Raises: ReportError when it can't be made.
        """
        if self._process.wait():
            words = ("it can't make the script of the charts", "a page needs it", "make setup mends the environment.")
            raise ReportError(Problem("storage", "vl-convert", *words))
        return self._file.read_text("utf-8")

    def stop(self) -> None:
        """End the process, whatever it has done."""
        self._process.kill()
        self._process.wait()


def in_page(value: Any) -> Markup:
    """A value as JSON inside an element of a page: it can't end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - what could be markup is written as numbers


# pictures


def specification_of(drawn: Any) -> dict[str, Any]:
    """The specification of a chart of altair, not held against the schema of Vega-Lite: the tests do that.

    Parameters:
    drawn : altair chart or dict - a dict is a specification already.
    """
    specification: dict[str, Any] = dict(drawn) if isinstance(drawn, Mapping) else drawn.to_dict(validate=False)
    return specification


def spec_title(spec: Mapping[str, Any]) -> str:
    """The title of a chart's specification, as one line."""
    if "hconcat" in spec:
        return ". ".join(map(spec_title, spec["hconcat"]))
    text = spec.get("title", {}).get("text", "chart")
    return text if isinstance(text, str) else " ".join(text)


def still(spec: Mapping[str, Any]) -> str:
    """A chart's specification as an SVG picture that is safe to open, with a title and a description.

    Its lines of words keep their room in whatever font they are shown.
    """
    import vl_convert

    version = ".".join(spec["$schema"].rsplit("/v", 1)[1].split(".")[:2])
    drawn = _seen(spec)
    svg = checked_svg(vl_convert.vegalite_to_svg(drawn, vl_version=version, allowed_base_urls=[]))
    return _numbered(_titled(in_their_room(svg), spec))


def _titled(svg: str, spec: Mapping[str, Any]) -> str:
    """The picture with what it is called and what it shows, for readers who can't see it."""
    title = spec_title(spec)
    said = Markup("<title>{}</title><desc>{}</desc>").format(title, spec.get("description") or title)
    return re.sub(r"<svg ([^>]*)>", lambda root: f'<svg {root[1]} role="img">{said}', svg, count=1)


def _seen(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A specification without the layer that is there to be pointed at, which is half of a picture's size."""
    seen = dict(spec)
    for kind in ("hconcat", "layer"):
        if kind in spec:
            seen[kind] = [_seen(part) for part in spec[kind] if not str(part.get("name")).endswith(POINTED_AT)]
    if "params" in spec:
        pointed = [param for param in spec["params"] if any(map(_is_pointed_at, param.get("views", ())))]
        seen["params"] = [param for param in spec["params"] if param not in pointed]
    return seen


def _is_pointed_at(view: str) -> bool:
    return view.endswith(POINTED_AT)


_ID = re.compile(r'(?P<before><(?:(?:clipPath|linearGradient)\b[^>]*? id="|[a-z]+ [^>]*?"url\(#)[a-zA-Z_]*?)(?P<n>\d+)')


def _numbered(svg: str) -> str:
    """The picture with its ids counted from 1: Vega counts on from one picture to the next."""
    numbers: dict[str, int] = {}
    return _ID.sub(lambda found: f"{found['before']}{numbers.setdefault(found['n'], len(numbers) + 1)}", svg)


def raster(svg: str, scale: int = 2, ppi: int = 96) -> bytes:
    """An SVG picture as PNG, with so many dots for each of its own; it says how large it is meant to be shown.

    It is set in a font that comes with vl-convert, so that it does not depend on those of the machine.
    """
    import vl_convert

    svg = re.sub(r'(<text\b[^>]*? font-family=")[^"]*', rf"\1{FONT}", svg)
    # vl-convert's `ppi` enlarges as well: 72 is its plain size.
    return bytes(vl_convert.svg_to_png(svg, scale=72 / ppi, ppi=scale * ppi))


SVG = "http://www.w3.org/2000/svg"
ELEMENTS = re.compile("svg|g|defs|clipPath|linearGradient|stop|path|rect|line|circle|text|tspan|title|desc")
ATTRIBUTES = re.compile(
    "aria-[a-z]+|class|clip-path|c[xy]|d|d[xy]|display|fill|fill-opacity|font-(family|size|style|weight)|gradientUnits|"
    "height|id|lengthAdjust|offset|opacity|pointer-events|r|r[xy]|role|stop-(color|opacity)|stroke|"
    "stroke-(dasharray|linecap|linejoin|miterlimit|opacity|width)|text-anchor|textLength|transform|version|viewBox|width|[xy][12]?"
)


def checked_svg(svg: str) -> str:
    """The picture, when it holds nothing but shapes and words.

    Raises: ReportError when it holds anything else, such as a script, an event, a style or an address.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != SVG or not ELEMENTS.fullmatch(local):
            _refused(f"the element {name}")
        for attribute, value in attributes.items():
            if not ATTRIBUTES.fullmatch(attribute):
                _refused(f"the attribute {attribute}")
            words = attribute.startswith("aria-")  # read out, never drawn
            if (
                not words
                and re.search(r"[(:\\]", value.lower().replace("url(#", "", 1))
                and not _drawn(attribute, value)
            ):
                _refused(f"{attribute}={value}")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = lambda *_: _refused("a document type")
    parser.ProcessingInstructionHandler = lambda target, _: _refused(f"the instruction {target}")
    # A page reads these two in another way than a picture does.
    parser.CommentHandler = lambda _: _refused("a comment")
    parser.StartCdataSectionHandler = lambda: _refused("a CDATA section")
    try:
        parser.Parse(svg.encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        _refused(f"what is no XML ({error})")
    return svg


def _drawn(attribute: str, value: str) -> bool:
    """Whether a value is plain, a part of the same picture, a movement or a colour: no address, no code."""
    if not re.search(r"[(:\\]", value):
        return True
    if attribute in ("clip-path", "fill", "stroke") and re.fullmatch(r"url\(#[\w-]+\)", value):
        return True
    call = r"(translate|rotate|scale|matrix|rgba?|hsla?)\([-+0-9.e,% ]*\)"
    return attribute in ("transform", "fill", "stroke") and bool(re.fullmatch(rf"({call}\s*)+", value))


def _refused(what: str) -> NoReturn:
    allowed = "a picture holds shapes and words only"
    raise ReportError(Problem("storage", "a picture", f"it holds {shorten(what, 120)}", allowed))


def figure_html(spec: Mapping[str, Any], name: str, svg: str = "", narrow: Mapping[str, Any] | None = None) -> Markup:
    """A chart that shows anywhere: a still picture, with its specification for pages that run scripts.

    Parameters:
    spec : mapping - the chart's specification.
    name : str - a-z only; keeps the ids of the picture apart from those of others on the page.
    svg : str - the picture where it has been drawn already.
    narrow : mapping or None - a specification that pages draw on a phone in its place.
    """
    svg = re.sub(r'(<(?:clipPath|linearGradient)\b[^>]*? id=")', rf"\1{name}-", svg or still(spec))
    svg = re.sub(r'(<[a-z]+ [^>]*?"url\(#)', rf"\1{name}-", svg)
    picture = Markup(svg)  # noqa: S704 - checked, shapes and words only
    small = Markup('<script type="application/json" class="lp-narrow">{}</script>\n')
    phone = Markup("") if narrow is None else small.format(in_page(narrow))
    return Markup(
        '<figure class="lp-chart" data-name="{}" aria-label="{}">\n<div class="lp-view">{}</div>\n'
        '<script type="application/json" class="lp-spec">{}</script>\n{}</figure>'
    ).format(name, spec_title(spec), picture, in_page(spec), phone)
