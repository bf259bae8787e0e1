"""The one gate for what is handed to the theme: Material's templates print it into HTML without escaping.

Our own templates escape by themselves and never see what comes out of here.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from mkdocs.structure.toc import AnchorLink

from calmroom.records.narrative import Heading

_ADDRESS = "!#$%&'()*+,/:;=?@[]~-._"
"""What a web address holds (RFC 3986, section 2); anything else is written in per cent."""


def text(value: str) -> str:
    """Return text as the theme may print it."""
    return escape(value)


def address(value: str) -> str:
    """Return a web address as the theme may print it into an attribute."""
    return escape(quote(value, safe=_ADDRESS))


def heading(value: Heading) -> AnchorLink:
    """Return a heading for the table of contents."""
    return AnchorLink(text(value.text), text(value.anchor), value.level)
