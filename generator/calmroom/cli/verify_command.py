"""`calmroom verify`: whether a site is still what was built."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal


@click.command("verify")
@click.argument("site", metavar="SITE", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(site: Path) -> None:
    """Compare a built site, or Calmroom's section of one, with the build.json in it.

    Every file is read and its SHA-256 compared. What was changed, taken away or added since the build is listed. It
    says that nothing happened to the site since it was built, not that it was built by somebody you trust: whoever can
    change the site can change its build.json, so keep a copy of that, or build the commit again and compare.

    Exit codes: 0 as it was built, 1 it differs, 2 wrong use.

    \b
    Examples:
      calmroom verify site
      calmroom verify /srv/docs/post-mortems
    """
    from calmroom.site import manifest

    try:
        said, found = manifest.verify(site)
    except manifest.NotAManifestError as error:
        raise click.UsageError(str(error)) from None
    for difference in found:
        terminal.say(f"{difference.how}: {difference.path}")
    built = f"Calmroom {said.get('calmroom')}, {said.get('edition')}, {said.get('day')}, commit {said.get('commit')}"
    if found:
        terminal.say(f"{terminal.counted(len(found), 'file')} differ from what was built ({built}).", err=True)
        raise SystemExit(1)
    terminal.say(f"{terminal.counted(len(said['files']), 'file')}, all as they were built ({built}).")
