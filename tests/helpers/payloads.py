"""Words that try to become markup, script, code, a path or a formula. Each would say so: `ran()` in a page, a file
named `ran` elsewhere."""

from __future__ import annotations

# Short enough for a name or a label (120 characters), without control characters, which no text may hold.
SCRIPTS = [
    "<script>ran(1)</script>",
    "</script><script>ran(2)</script>",
    "</title><script>ran(3)</script>",
    "<img src=x onerror=ran(4)>",
    "<svg onload=ran(5)>",
    '"><img src=x onerror=ran(6)>',
    "' onmouseover='ran(7)' x='",
    '" onfocus="ran(8)" autofocus tabindex=1 x="',
    "</text><script>ran(9)</script><text>",
    "<![CDATA[<script>ran(10)</script>]]>",
    "]]><script>ran(11)</script>",
    "<!--<script>ran(12)//--></script>",
    "<iframe srcdoc='<script>parent.ran(13)</script>'>",
    "<a href=javascript:ran(14)>here</a>",
    "[here](javascript:ran(15))",
    "<foreignObject><body onload=ran(16)>",
    "<style>@import 'http://127.0.0.2/17.css'</style>",
    "<base href=http://127.0.0.2/18/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.2/19'>",
    "<link rel=stylesheet href=http://127.0.0.2/20.css>",
    "<object data=http://127.0.0.2/21.svg>",
    "{{ constructor.constructor('ran(22)')() }}",
    "${ran(23)}",
    "'+ran(24)+'",
    '\\"});ran(25);({\\"',
    "<p/onclick=ran(26)>click",
    "&lt;script&gt;ran(27)&lt;/script&gt;",
    "<set attributeName=onload to=ran(28)>",
    "<use href=data:image/svg+xml;base64,PHN2Zy8+ onclick=ran(29)>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>ran(30)</x:script>",
    "datum.constructor.constructor('ran(31)')()",
    "__proto__",
    "![x](http://127.0.0.2/33.png)",
    "</style><script>ran(34)</script>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=ran(35)>",
]
