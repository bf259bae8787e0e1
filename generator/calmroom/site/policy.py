"""The Content-Security-Policy a site works under, as headers for a host and as an element in each page.

Everything a page needs is a file of the site: no code and no style stands in a page itself, so neither needs to be
allowed there, and what a record might smuggle in would not run even if every gate before had failed.
"""

from __future__ import annotations

import re

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
"""What an element in a page can say; icons are pictures in style sheets (`data:`)."""
HEADERS = {
    "Content-Security-Policy": f"{PAGE}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What a host sends with every file."""
HEADERS_FILE = "_headers"
_ALIGNED = re.compile(r'<(t[hd]) style="text-align: (left|right|center);">')


def headers_file() -> str:
    """Return the headers as Netlify, Cloudflare Pages and others read them from a file beside the site."""
    return "/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())


def without_styles(html: str) -> str:
    """Return a hand-written page's HTML with the alignment of table cells as a class instead of a style."""
    return _ALIGNED.sub(r'<\1 class="calm-\2">', html)
