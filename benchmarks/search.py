"""`make bench-search`: known-item search in a real browser, ours beside Material's own and Pagefind's, on the same texts.

    python -m benchmarks.search [--corpus DIR] [--large 10000]

The records are those of the corpus (imported by examples/import) and of this repository, with its playbooks, scripts
and terms. Ours is asked through its page of search. For the others the same documents are written as plain Markdown
pages and built by MkDocs and Material with the search plugin's defaults; Pagefind (if it is installed) indexes those
pages. Printed are MRR@10 (the mean of 1/rank of the first right page among the first ten, 0 where it is not there),
how many were found, and what was missed.

Then the questions of `situation_queries.yaml`, of people who have a situation and not a word, over this repository's own
documents: MRR@10 in the order of the page and among the kind that was wanted, and how often a right page is on the first
screen of 1280 × 900. Ours is printed for the half on which anything was tuned and for the half held back, which a hash
of the query chooses; then for the questions of an outsider who saw only titles (`outsider_queries.yaml`). Of Pagefind the first five count as its first screen: so many does its own interface show.

With `--large` the time from opening the page to the first hit is measured
on that many synthetic records, and the memory and time of building their index.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import hashlib
import http.server
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from benchmarks import synthetic
from calmroom import knowledge
from calmroom.search import index as indexing
from calmroom.search.documents import Document, Documents, every_document
from tests.browser.find import find_chromium

ROOT = Path(__file__).parent.parent
QUERIES = Path(__file__).parent / "search_queries.yaml"
SITUATIONS = Path(__file__).parent / "situation_queries.yaml"
OUTSIDER = Path(__file__).parent / "outsider_queries.yaml"
KINDS = {"do": ("playbook", "script"), "incident": ("incident",), "term": ("term",)}
FOLDERS = {"incidents": "incident", "playbooks": "playbook", "scripts": "script", "glossary": "term"}
SCREEN = {"width": 1280, "height": 900}
PAGEFIND_FIRST = 5
Shown = tuple[tuple[str, str], bool]
"""A hit: its kind and id, and whether it is on the first screen."""
TEN = 10


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine and give its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; say what it said when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "generator")},
    )
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout}{done.stderr}")


def knowledge_base(folder: Path, corpus: Path) -> None:
    """Write a knowledge base of the corpus' records and ours."""
    run("calmroom", "init", folder)
    for example in (folder / "incidents").glob("*.md"):
        example.unlink()
    run(
        "calmroom",
        "import",
        "markdown",
        corpus,
        "--map",
        ROOT / "examples/import/public-postmortems.yml",
        "--into",
        folder,
    )
    for record in (ROOT / "incidents").glob("*.md"):
        shutil.copy(record, folder / "incidents")
    shutil.copytree(ROOT / "playbooks", folder / "playbooks", dirs_exist_ok=True)
    shutil.copy(ROOT / "docs/start.md", folder / "docs")
    run("calmroom", "-C", folder, "build", "--quiet")


def plain_site(folder: Path, documents: list[Document]) -> None:
    """Write the same documents as plain Markdown and build them with Material and its search."""
    for document in documents:
        path = folder / "docs" / document.kind / f"{document.id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = [f"# {document.title}"]
        parts += [
            f"## {s.heading}\n\n{s.text}" if s.heading else s.text for s in document.sections if s.field != "title"
        ]
        path.write_text("\n\n".join(parts) + "\n")
    (folder / "docs/index.md").write_text("# Home\n")
    (folder / "mkdocs.yml").write_text(
        "site_name: Plain\ntheme: {name: material, font: false}\nnav: [{Home: index.md}]\nnot_in_nav: '*'\nplugins: [search]\n"
    )
    run("mkdocs", "build", "-q", cwd=folder)


def ours(page: Any, address: str) -> Callable[[str], list[str]]:
    """Return the function that asks our page of search."""

    def ask(text: str) -> list[str]:
        page.goto(f"{address}search/?q={quote(text)}")
        page.wait_for_selector("[data-calm-results][data-search-state=done]")
        return page.eval_on_selector_all("[data-calm-results] [data-search-hit]", "all => all.map(a => a.href)")

    return ask


def material(page: Any, address: str) -> Callable[[str], list[str]]:
    """Return the function that types into Material's own search."""
    page.goto(address)
    page.wait_for_timeout(1_000)
    page.keyboard.press("/")
    page.wait_for_timeout(2_000)

    def ask(text: str) -> list[str]:
        page.focus(".md-search__input")
        page.fill(".md-search__input", "")
        page.wait_for_timeout(300)
        page.keyboard.type(text)
        page.wait_for_timeout(1_000)
        return page.eval_on_selector_all(".md-search-result__item > a", "all => all.map(a => a.href)")

    return ask


def pagefind(page: Any, address: str) -> Callable[[str], list[str]]:
    """Return the function that asks Pagefind's own interface for programs."""
    page.goto(address)

    def ask(text: str) -> list[str]:
        return page.evaluate(
            """async ([at, text]) => { const p = await import(at + 'pagefind/pagefind.js');
            const found = await p.search(text); return Promise.all(found.results.slice(0, 40).map(async r => (await r.data()).url)); }""",
            [address, text],
        )

    return ask


def measured(ask: Callable[[str], list[str]], *, told: bool) -> tuple[float, int, int, dict[str, float], float]:
    """Ask every query; return MRR@10, how many were found, how many there are, MRR by sort, and the median seconds."""
    ranks: dict[str, list[float]] = {}
    seconds = []
    for sort, queries in yaml.safe_load(QUERIES.read_text()).items():
        for query in queries:
            start = time.perf_counter()
            links = ask(query["q"])
            seconds.append(time.perf_counter() - start)
            ids = list(dict.fromkeys(link.split("#")[0].split("?")[0].rstrip("/").split("/")[-1] for link in links))[
                :TEN
            ]
            rank = next((1 / (place + 1) for place, id_ in enumerate(ids) if id_ in query["find"]), 0.0)
            ranks.setdefault(sort, []).append(rank)
            if told and not rank:
                print(f"   missed: {query['q']}")
    every = [rank for group in ranks.values() for rank in group]
    by_sort = {sort: sum(group) / len(group) for sort, group in ranks.items()}
    return sum(every) / len(every), sum(rank > 0 for rank in every), len(every), by_sort, statistics.median(seconds)


def shown_by_ours(page: Any, address: str) -> Callable[[str], list[Shown]]:
    """Return the function that asks our page of search what it shows where."""
    ask_links = ours(page, address)

    def ask(text: str) -> list[Shown]:
        ask_links(text)
        return _where(page, "[data-calm-results] [data-search-hit]")

    return ask


def shown_by_material(page: Any, address: str) -> Callable[[str], list[Shown]]:
    """Return the function that asks Material's own search what it shows where."""
    ask_links = material(page, address)

    def ask(text: str) -> list[Shown]:
        ask_links(text)
        return _where(page, ".md-search-result__item > a")

    return ask


def shown_by_pagefind(page: Any, address: str) -> Callable[[str], list[Shown]]:
    """Return the function that asks Pagefind, as if its first hits were on the first screen."""
    ask_links = pagefind(page, address)
    return lambda text: [(_named(link), place < PAGEFIND_FIRST) for place, link in enumerate(ask_links(text))]


def _where(page: Any, which: str) -> list[Shown]:
    found = page.eval_on_selector_all(
        which, "all => all.map(a => [a.href, a.getBoundingClientRect().bottom <= innerHeight])"
    )
    return [(_named(link), seen) for link, seen in found]


def _named(link: str) -> tuple[str, str]:
    """Return the kind and id of a page from its address; a term of ours is a part of the page of all terms."""
    path, _, anchor = link.partition("#")
    *_, folder, name = path.split("?")[0].rstrip("/").split("/")
    return (FOLDERS["glossary"], anchor) if name == "glossary" else (FOLDERS.get(folder, folder), name)


def held_back(text: str) -> bool:
    """Return whether a query belongs to the half on which nothing is tuned."""
    return bool(hashlib.blake2b(text.encode(), digest_size=4).digest()[0] & 1)


def situations(
    ask: Callable[[str], list[Shown]], path: Path, *, told: bool
) -> list[tuple[str, bool, float, float, bool]]:
    """Ask every question; return its sort, whether it is held back, 1/rank twice, and whether it is in sight."""
    found = []
    for sort, queries in yaml.safe_load(path.read_text()).items():
        for query in queries:
            wanted = {(k, id_) for name, ids in query.items() if name != "q" for id_ in ids for k in KINDS[name]}
            shown = ask(query["q"])
            names = list(dict.fromkeys(name for name, _ in shown))
            right = next((1 / (n + 1) for n, name in enumerate(names[:TEN]) if name in wanted), 0.0)
            within = 0.0
            for kinds in (KINDS[name] for name in query if name != "q"):
                of_kind = [name for name in names if name[0] in kinds][:TEN]
                within = max(within, next((1 / (n + 1) for n, name in enumerate(of_kind) if name in wanted), 0.0))
            seen = any(name in wanted for name, in_sight in shown if in_sight)
            found.append((sort, held_back(query["q"]), right, within, seen))
            if told and not seen:
                print(f"   not on the first screen: {query['q']}")
    return found


def table(label: str, found: list[tuple[str, bool, float, float, bool]]) -> None:
    """Print one line: both measures and the first screen, over all and by sort."""
    sorts = dict.fromkeys(sort for sort, *_ in found)
    parts = []
    for name in ("", *sorts):
        some = [one for one in found if not name or one[0] == name]
        page, within, seen = (sum(one[at] for one in some) / len(some) for at in (2, 3, 4))
        parts.append(f"{name or f'all {len(some)}'} {page:.2f} / {within:.2f} / {seen:.0%}")
    print(f"{label:<24}{', '.join(parts)}")


def large(browser: Any, count: int) -> None:
    """Measure the first hit and the index on synthetic records."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic.write_records(folder / "kb", count)
        base = knowledge.read(folder / "kb")
        read = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        indexing.build(Documents(base), parallel=True)
        took = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"\n{count:,} synthetic records: index built in {took:.1f} s; peak {peak:,.0f} MB, of which {read:,.0f} MB are the records"
        )
        run("calmroom", "-C", folder / "kb", "build", "--quiet")
        with served(folder / "kb/site") as address:
            for text in ("certificate", "firewall rule token", "incident-05000", "certficate"):
                times, sizes = [], []
                for _ in range(5):
                    context = browser.new_context()
                    page = context.new_page()
                    page.add_init_script(
                        "new MutationObserver(() => { if (!window.first && document.querySelector('[data-search-hit]')) window.first = performance.now(); }).observe(document, { subtree: true, childList: true, attributes: true })"
                    )
                    page.goto(f"{address}search/?q={quote(text)}")
                    page.wait_for_selector("[data-calm-results][data-search-state=done]")
                    times.append(page.evaluate("window.first"))
                    sizes.append(
                        page.evaluate(
                            "performance.getEntriesByType('resource').filter(e => e.name.includes('/assets/search/')).reduce((sum, e) => sum + e.transferSize, 0)"
                        )
                    )
                    context.close()
                print(
                    f"   {text:<22} opening → first hit {min(times):4.0f} / {statistics.median(times):4.0f} / {max(times):4.0f} ms; {statistics.median(sizes) / 1e6:.2f} MB of index"
                )


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared/corpus/public-postmortems")
    parser.add_argument("--large", type=int, default=0)
    given = parser.parse_args()
    if not given.corpus.is_dir():
        raise SystemExit(f"There is no corpus at {given.corpus}; name one with --corpus.")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        knowledge_base(folder / "kb", given.corpus)
        documents = every_document(knowledge.read(folder / "kb"))
        plain_site(folder / "plain", documents)
        sites = [("calmroom", ours, folder / "kb/site"), ("Material's search", material, folder / "plain/site")]
        with contextlib.suppress(SystemExit):
            run("pagefind", "--site", folder / "plain/site")
            sites.append(("Pagefind as it is", pagefind, folder / "plain/site"))
        run("calmroom", "build", "--quiet", "--site-dir", folder / "own")
        plain_site(folder / "own-plain", every_document(knowledge.read(ROOT)))
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        print(f"{sum(d.kind == 'incident' for d in documents)} records, {len(documents)} documents\n")
        print(f"{'':<20}{'MRR@10':>8}{'found':>10}   by sort")
        for label, way, site in sites:
            with served(site) as address:
                page = browser.new_page()
                mrr, found, count, by_sort, _ = measured(way(page, address), told=label == "calmroom")
                sorts = ", ".join(f"{sort} {value:.2f}" for sort, value in by_sort.items())
                print(f"{label:<20}{mrr:>8.3f}{found:>6} of {count}   {sorts}")
                page.close()
        print("\nSituations: MRR@10 in the order of the page / among the kind wanted / on the first screen")
        for label, look, site in (
            ("calmroom", shown_by_ours, folder / "own"),
            ("Material's search", shown_by_material, folder / "own-plain/site"),
            ("Pagefind as it is", shown_by_pagefind, folder / "own-plain/site"),
        ):
            if look is shown_by_pagefind and len(sites) < 3:
                continue
            if look is shown_by_pagefind:
                run("pagefind", "--site", site)
            with served(site) as address:
                page = browser.new_page(viewport=SCREEN)
                results = situations(look(page, address), SITUATIONS, told=look is shown_by_ours)
                table(label, results)
                if look is shown_by_ours:
                    for half, name in ((False, "  tuned on"), (True, "  held back")):
                        table(name, [one for one in results if one[1] is half])
                table("  an outsider's", situations(look(page, address), OUTSIDER, told=look is shown_by_ours))
                page.close()
        if given.large:
            large(browser, given.large)
        browser.close()


if __name__ == "__main__":
    main()
