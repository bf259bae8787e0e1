"""Pages of this repository's site in a real browser."""

from __future__ import annotations

import pytest


@pytest.fixture
def open_page(chromium, own_address):
    """Give a function that opens a page of this repository's site; nothing may be fetched from elsewhere, and no script may fail."""
    contexts = []
    wrong: list[str] = []

    def opened(path: str, *, address: str = own_address, width: int = 1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda r: wrong.append(f"fetched {r.url}") if not r.url.startswith((address, "data:", "blob:")) else None,
        )
        page.on("pageerror", lambda error: wrong.append(f"failed {error}"))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(address + path)
        if page.locator(".calm-diagram").count() and options.get("java_script_enabled", True):
            page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
