"""The preview's server: it answers its own names only, and a build that fails is shown instead of awaited.

A page of a stranger can give its own name the address of this machine, and would then read drafts as if they were its
own (DNS rebinding). It cannot change the name the browser asks for.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any, Protocol
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
_PLAIN = [("Content-Type", "text/plain; charset=utf-8"), *_SAFE[1:]]

DELAY = 0.05
"""Seconds for which a build waits whether more is being saved."""
TICK = 0.02
"""Seconds by which the clock of a file system may be behind: less than `DELAY`, more than a tick of any system."""

log = logging.getLogger("mkdocs.plugins.calmroom")


class Shown(Protocol):
    """What a preview shows of the last build that succeeded, made when it is asked for."""

    def page(self, path: str) -> bytes | None:
        """Return the page at a path below the site's first page, or None where another shows it."""

    def prepare(self, path: str) -> None:
        """Make what a file at this path needs, where that was not made yet."""


_shown: Shown | None = None


def show(shown: Shown | None) -> None:
    """Let the preview of this process show a new build: MkDocs makes its plugins anew for each."""
    global _shown
    _shown = shown


class Preview:
    """What stands before MkDocs' server and around its builder.

    Pages are drawn when somebody looks at them, so that a saved change need not wait for ten thousand others.
    """

    def __init__(self, server: LiveReloadServer) -> None:
        self._host = str(server.server_address[0])
        self._server = server
        self._drawing = threading.Lock()
        self._serve: Application = server.get_app()  # type: ignore[assignment]
        self._build: Callable[[], None] = server.builder
        self._broken = ""
        self._began = 0.0

    def watch(self, server: LiveReloadServer) -> None:
        """Hear of changes from the system at once, where it tells of them; MkDocs' own looking goes on beside it.

        Both tell of a change, the slower one when it is built already: what is older than the last build is passed by.
        """
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        is_built = self._is_built

        class Heard(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.is_directory or event.event_type in ("opened", "closed_no_write"):
                    return
                if not is_built([event.src_path, event.dest_path]):
                    with server._rebuild_cond:
                        server._want_rebuild = True
                        server._rebuild_cond.notify_all()

        observer = Observer()
        try:
            for path in list(server._watched_paths):
                observer.schedule(Heard(), path, recursive=True)
            observer.start()
        except OSError as error:  # so many folders that the system tells of no more
            log.info("Changes are looked for twice a second: %s", error)
            return
        for path, watched in list(server._watch_refs.items()):
            server.observer.unschedule(watched)
            server._watch_refs[path] = server.observer.schedule(Heard(), path, recursive=True)

    def _is_built(self, paths: Iterable[str | bytes]) -> bool:
        """Say whether files that changed are as old as the last build, which has seen them."""
        times = []
        for path in paths:
            try:
                found = os.stat(path) if path else None  # noqa: PTH116
            except OSError:
                return False  # it is gone, and nothing says since when
            if found:
                times.append(max(found.st_mtime, found.st_ctime))
        return bool(times) and max(times) < self._began - TICK

    def stand_before(self, server: LiveReloadServer) -> None:
        """Take the place of the server's application and of its builder."""
        server.build_delay = DELAY
        server.set_app(self.answer)
        server.builder = self.build

    def build(self) -> None:
        """Build anew; an error is kept to be shown, so that nobody waits for a build that never ends."""
        self._began = time.time()
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
        drawn = self._drawn(environ)
        if drawn is None:
            return self._serve(environ, start_response)
        kind = _SAFE if environ.get("PATH_INFO", "").endswith(("/", ".html")) else _PLAIN
        start_response("200 OK", [*kind, ("Content-Length", str(len(drawn)))])
        return [drawn]

    def _drawn(self, environ: dict[str, Any]) -> bytes | None:
        """Return the page that is asked for, or None where it is a file of the site's folder."""
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")
        mount, shown = self._server.mount_path, _shown
        if shown is None or not path.startswith(mount):
            return None
        with self._drawing:
            shown.prepare(path[len(mount) :])
            page = shown.page(path[len(mount) :])
        if page is None:
            return None
        if not path.endswith(("/", ".html")):
            return page
        shown_as = self._server._inject_js_into_html(page, self._server._visible_epoch)  # type: ignore[no-untyped-call]
        return bytes(shown_as)

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
