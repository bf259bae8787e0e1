"""The preview's server: it answers its own names only, and a build that fails is shown instead of awaited.

A page of a stranger can give its own name the address of this machine, and would then read drafts as if they were its
own (DNS rebinding). It cannot change the name the browser asks for.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmroom import printable

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_SAFE = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]

log = logging.getLogger("mkdocs.plugins.calmroom")


class Preview:
    """What stands before MkDocs' server and around its builder."""

    def __init__(self, server: LiveReloadServer) -> None:
        self._host = str(server.server_address[0])
        self._serve: Application = server.get_app()  # type: ignore[assignment]
        self._build: Callable[[], None] = server.builder
        self._broken = ""

    def stand_before(self, server: LiveReloadServer) -> None:
        """Take the place of the server's application and of its builder."""
        server.set_app(self.answer)
        server.builder = self.build

    def build(self) -> None:
        """Build anew; an error is kept to be shown, so that nobody waits for a build that never ends."""
        try:
            self._build()
        except (Exception, SystemExit) as error:
            self._broken = str(error) or type(error).__name__
            log.error(printable.text(f"The site could not be built: {self._broken}"), exc_info=_unexpected(error))
        else:
            self._broken = ""

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request: by name, then whether there is a site, then as MkDocs does."""
        if not self.is_own(environ.get("HTTP_HOST", "")):
            start_response("421 Misdirected Request", _SAFE)
            return [b"This preview answers to its own address only."]
        if "\0" in environ.get("PATH_INFO", ""):
            start_response("400 Bad Request", _SAFE)
            return [b"There is no such page."]
        if self._broken and not environ.get("PATH_INFO", "").startswith("/livereload/"):
            start_response("500 Internal Server Error", _SAFE)
            return [_PAGE.format(escape(printable.text(self._broken))).encode()]
        return self._serve(environ, start_response)

    def is_own(self, host: str) -> bool:
        """Say whether a request asks for this server by a name nobody else can give it."""
        try:
            asked = urlsplit(f"//{host}")
            name = (asked.hostname or "").rstrip(".") if asked.port is None or asked.port >= 0 else ""
        except ValueError:
            return False
        if name in ("localhost", "127.0.0.1", "::1", self._host.lower()):
            return True
        if self._host not in ("0.0.0.0", "::"):  # noqa: S104 - it is compared, not bound
            return False
        return name == socket.gethostname().lower() or _is_number(name)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _unexpected(error: BaseException) -> bool:
    """Say whether an error is one nobody has words for, so that its place in the program is worth showing."""
    from mkdocs.exceptions import MkDocsException

    return not isinstance(error, (MkDocsException, OSError, SystemExit)) and sys.exc_info()[0] is not None


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>Not built</title><h1>The site could not be built</h1><pre>{}</pre>
<p>Mend it and save: this page looks again every two seconds. The terminal says more.</p>"""
