"""What MkDocs tells the theme of a site, as values that have a name: its configuration, its navigation, its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from calmroom import naming
from calmroom.exchange.places import Places
from calmroom.site.placement import Placement

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation

ELSEWHERE = ("site_dir", "plugins", "theme", "hooks", "nav")
"""Settings of MkDocs that are told apart, or that say only where a site is built."""

CHANGING = "index_folder"
"""What we tell the theme that changes with every word; only the page of search prints it, and is always drawn."""


def places(config: MkDocsConfig, placement: Placement) -> Places:
    """Return where things of a site stand for those who come from outside."""
    return Places(config.site_name, config.site_url or "", placement.section, config.use_directory_urls)


def configuration(config: MkDocsConfig) -> str:
    """Return the name of a site's configuration, the theme's and the plugins' among it."""
    plugins = [(name, _named(dict(plugin.config))) for name, plugin in config.plugins.items()]
    rest = {key: _named(value) for key, value in config.items() if key not in ELSEWHERE}
    return naming.of(rest, plugins, config.theme.name or "", _named({key: config.theme[key] for key in config.theme}))


def around(nav: Navigation, told: Any) -> str:
    """Return the name of what the theme draws around a page: the navigation, and what we tell it."""
    return naming.of(list(_entries(nav.items)), _named({key: value for key, value in told.items() if key != CHANGING}))


def _entries(items: Iterable[Any]) -> Iterable[tuple[str, str, object]]:
    for item in items:
        below = list(_entries(item.children)) if item.children else None
        yield str(item.title), getattr(item, "url", "") or "", below


def _named(value: Any) -> str:
    """Return the name of a value of MkDocs', or what it says of itself where it is of a type that has none."""
    try:
        return naming.of(value)
    except TypeError:
        return naming.of(repr(value))
