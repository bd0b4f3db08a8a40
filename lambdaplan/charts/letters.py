"""Widths of letters, so that words keep the room they were given in whatever font a picture is shown.

Pictures are laid out in Arial. Where it is missing another font takes its place, often a wider one, and words would be
cut at the edge of the picture or run into each other: an SVG says of each line of words how wide it is.

References: advance widths of Liberation Sans, which has those of Arial (measured with vl-convert 1.9, 2026-11-30).
"""

from __future__ import annotations

import html
import re

# thousandths of the size of the letters, by width
_PLAIN = {
    191: "'",
    222: "ijl\u2018\u2019",
    260: "|¦",
    278: " !,./:;I[\\]ftÌÍÎÏìíîï",
    333: "()-`r¡¨²³·¹“”",
    334: "{}",
    350: "•",
    355: '"',
    365: "º",
    370: "ª",
    389: "*",
    400: "°",
    469: "^",
    500: "Jcksvxyzçýÿ↑",
    537: "¶",
    549: "±÷≥≤",
    552: "¯",
    556: "#$0123456789?L_abdeghnopqu¢£¤¥§«»àáâãäåèéêëðñòóôõöøùúûüþ–€",
    576: "µ",
    584: "+<=>~¬×−",
    611: "FTZ¿ßø",
    667: "&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞ",
    722: "CDHNRUwÇÐÑÙÚÛÜ",
    737: "©®",
    778: "GOQÒÓÔÕÖØ",
    833: "Mm",
    834: "¼½¾",
    889: "%æ",
    944: "W",
    1000: "Æ—…→",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijlÌÍÎÏìíîï\u2018\u2019",
    280: "|¦",
    333: "!()-:;[]`ft¡¨²³·¹",
    350: "•",
    365: "º",
    370: "ª",
    389: "*r{}",
    400: "°",
    474: '"',
    500: "z“”↑",
    549: "±÷≥≤",
    552: "¯",
    556: "#$0123456789J_aceksvxy¢£¤¥§«¶»àáâãäåçèéêëýÿ–€",
    576: "µ",
    584: "+<=>^~¬×−",
    611: "?FLTZbdghnopqu¿ßðñòóôõöøùúûüþ",
    667: "EPSVXYÈÉÊËÝÞ",
    722: "&ABCDHKNRUÀÁÂÃÄÅÇÐÑÙÚÛÜ",
    737: "©®",
    778: "GOQwÒÓÔÕÖØ",
    833: "M",
    834: "¼½¾",
    889: "%mæ",
    944: "W",
    975: "@",
    1000: "Æ—…→",
}
_WIDTHS = {
    bold: {letter: width for width, letters in table.items() for letter in letters}
    for bold, table in ((False, _PLAIN), (True, _BOLD))
}
_TEXT = re.compile(r"<text(?P<given> [^>]*)>(?P<inner>.*?)</text>", re.DOTALL)
_LINE = re.compile(r"<tspan(?P<given>[^>]*)>(?P<words>[^<]*)</tspan>")
_SIZE = re.compile(r'font-size="([\d.]+)px"')


def width_px(words: str, size_px: float, *, bold: bool = False) -> float | None:
    """How wide words are in Arial; None where one of their letters is not in the table. [px]

    Examples:
        >>> width_px("10 M", 12)
        26.676
    """
    widths = [_WIDTHS[bold].get(letter) for letter in words]
    return None if None in widths else round(sum(filter(None, widths)) * size_px / 1000, 3)


def in_their_room(svg: str) -> str:
    """A picture of Vega whose lines of words say how wide they are."""

    def sized(text: re.Match[str]) -> str:
        given, inner = text["given"], text["inner"]
        size = _SIZE.search(given)
        if size is None:
            return text[0]

        def room(words: str) -> str:
            plain = html.unescape(words)
            width = width_px(plain, float(size[1]), bold='font-weight="bold"' in given)
            if width is None or len(plain) < 2:
                return ""
            return f' textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs"'

        if "<" not in inner:
            return f"<text{given}{room(inner)}>{inner}</text>"
        lines = _LINE.sub(lambda line: f"<tspan{line['given']}{room(line['words'])}>{line['words']}</tspan>", inner)
        return f"<text{given}>{lines}</text>"

    return _TEXT.sub(sized, svg)
