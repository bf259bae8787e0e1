"""The built site: everything a record holds is there, nothing else is touched, and nothing in it can do harm."""

from __future__ import annotations

import filecmp
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ALONE, ID, RECORD, ROOT, Make, build, calmroom

HOSTILE = "{{ 7*7 }}{% raw %}<script>alert(1)</script>\"'><img src=x onerror=alert(1)> --> `x` %%{init}%% end;"


def read(site: Path, page: str) -> str:
    return (site / page / "index.html").read_text("utf-8")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_page_shows_all_that_a_record_holds(make: Make, tmp_path_factory):
    html = read(build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s")), f"incidents/{ID}")
    shown = text_of(html)
    for text in (
        "Customer portal unreachable after an edge firewall rule was widened",
        "Severity 1",
        "TLP:GREEN",
        "1 h 08 min began → detected",
        "52 min detected → mitigated",
        "2 h 28 min began → resolved",
        "41,000",
        "2 Mar 2026 09:02 UTC",
        "2 Mar 2026 10:02 Europe/Berlin",
        "T+1 h 08 min",
        "First customer call reaches support.",
        "Urgent changes skip review.",
        "The alert watched the old rule set.",
        "Network Security Lead",
        "16 Mar 2026",
        "stronger",
        "overdue",
        "Two hours without sign-in",
    ):
        assert text in shown


def test_the_ways_in_list_every_record(make: Make, tmp_path_factory):
    other = RECORD.replace("title: Customer", "title: Another customer").replace("2026-03-02T", "2025-03-02T")
    records = {
        f"incidents/{ID}.md": RECORD.replace("sev1", "sev1\ntags: [firewall]"),
        "incidents/2025-03-02-other.md": other,
    }
    site = build(make(records), tmp_path_factory.mktemp("s"))
    for page in ("incidents", "services/customer-portal", "factors/configuration", "factors/process"):
        shown = text_of(read(site, page))
        assert shown.index("Customer portal") < shown.index("Another customer portal")
    assert "Another" not in read(site, "incidents/2026") and "Another" in read(site, "incidents/2025")
    assert "Customer portal" in read(site, "tags/firewall")
    assert "Customer portal" in (site / "index.html").read_text()
    assert (site / "404.html").is_file()


def test_the_list_is_complete_without_javascript(make: Make, tmp_path_factory):
    html = read(build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s")), "incidents")
    assert f'href="{ID}/"' in html
    assert "<noscript" not in html


def test_records_stay_out_of_the_navigation(make: Make, tmp_path_factory):
    site = build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    navigation = re.findall(
        r'<nav class="md-nav md-nav--primary.*?</nav>', (site / "diagnostics/index.html").read_text(), re.DOTALL
    )
    assert navigation
    assert ID not in "".join(navigation)


def test_nothing_is_written_into_the_source_tree(make: Make, tmp_path_factory):
    root = make({f"incidents/{ID}.md": RECORD})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    build(root, tmp_path_factory.mktemp("s"))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_two_builds_of_one_day_are_the_same_byte_for_byte(make: Make, tmp_path_factory):
    root = make(
        {f"incidents/{ID}.md": RECORD, "incidents/2025-03-02-other.yaml": "title: A\nseverity: sev3\nstatus: draft\n"}
    )
    one, two = (build(root, tmp_path_factory.mktemp("s")) for _ in range(2))

    def same(comparison: filecmp.dircmp) -> bool:
        _, differing, failed = filecmp.cmpfiles(
            comparison.left, comparison.right, comparison.common_files, shallow=False
        )
        return not (comparison.left_only or comparison.right_only or differing or failed) and all(
            map(same, comparison.subdirs.values())
        )

    assert same(filecmp.dircmp(one, two))


def test_edit_leads_to_the_real_record(make: Make, tmp_path_factory):
    records = {f"incidents/{ID}.md": RECORD, "incidents/2025-03-02-folder/record.md": RECORD}
    site = build(make(records), tmp_path_factory.mktemp("s"))
    assert f'href="https://git.example/team/incidents/edit/main/incidents/{ID}.md"' in read(site, f"incidents/{ID}")
    assert 'href="https://git.example/team/incidents/edit/main/incidents/2025-03-02-folder/record.md"' in read(
        site, "incidents/2025-03-02-folder"
    )
    assert "edit/main" not in read(site, "incidents")


def test_an_earlier_id_redirects(make: Make, tmp_path_factory):
    record = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-01-old-name]")
    site = build(make({f"incidents/{ID}.md": record}), tmp_path_factory.mktemp("s"))
    assert f'content="0; url=../{ID}/"' in read(site, "incidents/2026-03-01-old-name")


def test_files_beside_a_record_are_published_and_linked(make: Make, tmp_path_factory):
    folder = f"incidents/{ID}"
    record = RECORD + "\n![The graph](graph.png) and [the log](logs/edge.txt)\n"
    site = build(
        make({f"{folder}/record.md": record, f"{folder}/graph.png": b"PNG", f"{folder}/logs/edge.txt": "log"}),
        tmp_path_factory.mktemp("s"),
    )
    assert (site / folder / "graph.png").read_bytes() == b"PNG"
    html = read(site, folder)
    assert 'src="graph.png"' in html
    assert 'href="logs/edge.txt"' in html
    assert not (site / folder / "record.md").exists()


def test_links_between_records_and_pages_lead_there(make: Make, tmp_path_factory):
    record = (
        RECORD
        + "\n[a](incident:2025-03-02-other) [b](2025-03-02-other.yaml#impact) [c](../docs/about.md) [d](page:about) [e](#summary-of-it)\n\n## Summary of it\n"
    )
    site = build(
        make(
            {
                f"incidents/{ID}.md": record,
                "incidents/2025-03-02-other.yaml": "title: A\nseverity: sev3\nstatus: draft\n",
            }
        ),
        tmp_path_factory.mktemp("s"),
    )
    html = read(site, f"incidents/{ID}")
    for address in ("../2025-03-02-other/", "../2025-03-02-other/#impact", "../../about/", "#story-summary-of-it"):
        assert f'href="{address}"' in html


def test_a_page_written_by_hand_links_by_id_and_a_playbook_is_a_page(make: Make, tmp_path_factory):
    texts = {
        f"incidents/{ID}.md": RECORD + "\n[p](playbook:blame#what-to-say)\n",
        "docs/guide/about.md": f"# About\n\n[a](incident:{ID}#impact) and [b](playbook:blame)\n",
        "playbooks/blame.md": f"---\nowner: A\nreview_by: 2027-01-01\n---\n\n# Blame in the room\n\nSee [it](incident:{ID}).\n\n## What to say\n\n## Summary\n\nAll of it.\n",
    }
    site = build(make(texts), tmp_path_factory.mktemp("s"))
    page = read(site, "guide/about")
    assert f'href="../../incidents/{ID}/#impact"' in page and 'href="../../playbooks/blame/"' in page
    playbook = read(site, "playbooks/blame")
    assert (
        f'href="../../incidents/{ID}/"' in playbook
        and '<h2 id="story-what-to-say">' in playbook
        and "All of it." in playbook
    )
    assert 'href="https://git.example/team/incidents/edit/main/playbooks/blame.md"' in playbook
    assert 'href="../../playbooks/blame/#story-what-to-say"' in read(site, f"incidents/{ID}")
    assert "Blame in the room" in read(site, "playbooks")


def test_the_navigation_calls_pages_as_mkdocs_yml_does(make: Make, tmp_path_factory):
    settings = "site_name: T\ntheme: {name: material}\nnav: [{Start: index.md}, {All of them: incidents/index.md}]\n"
    settings += f"plugins: [{{calmroom: {{{ALONE}}}}}]\n"
    site = build(make({"mkdocs.yml": settings, f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    assert re.search(r'<a href="\.\./incidents/">All of them</a>', read(site, "diagnostics"))


def hostile_record() -> str:
    import json

    quoted = json.dumps(HOSTILE)
    fields = {
        "title": quoted, "ref": quoted, "severity": "sev1", "status": "reviewed", "kind": "[security]", "services": "[a]",
        "times": "{began: 2026-03-02T09:02:00Z, resolved: 2026-03-02T11:30:00Z}",
        "impact": f"{{summary: {quoted}}}", "detection": f"{{by: staff, gap: {quoted}}}",
        "timeline": f"[{{at: 2026-03-02T09:02:00Z, kind: note, what: {quoted}, evidence: {quoted}, key: true}}]",
        "factors": f"[{{id: a, kind: data, what: {quoted}, leads_to: [impact], evidence: {quoted}}}]",
        "went_well": f"[{quoted}]", "got_lucky": f"[{quoted}]", "surprised_by": f"[{quoted}]", "open_questions": f"[{quoted}]",
        "actions": f"[{{id: a1, what: {quoted}, owner: {quoted}, ticket: {quoted}, status: declined, reason: {quoted}, addresses: [a]}}]",
        "roles": f"{{scribe: {quoted}}}", "sources": f"[{{title: {quoted}, url: 'https://a.example/\"><script>alert(1)</script>'}}]",
        "amendments": f"[{{on: 2026-03-03, what: {quoted}, by: {quoted}}}]",
    }  # fmt: skip
    return (
        "---\n"
        + "\n".join(f"{name}: {value}" for name, value in fields.items())
        + "\n---\n\n## Summary\n\n{{ 7*7 }} &lt;script&gt;\n\n## More\n\n{{ config }}\n"
    )


def test_hostile_text_in_every_field_is_shown_and_does_nothing(make: Make, tmp_path_factory):
    site = build(make({f"incidents/{ID}.md": hostile_record()}), tmp_path_factory.mktemp("s"))
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    assert any("{{ 7*7 }}" in page for page in pages)
    for page in pages:
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "49{%" not in page and ">49" not in page


def test_text_without_an_origin_on_this_site_is_never_fetched(make: Make, tmp_path_factory):
    site = build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    for page in site.rglob("*.html"):
        html = page.read_text("utf-8")
        fetched = re.findall(r'<(?:script|img|iframe|source)[^>]+src="([^"]+)"', html)
        fetched += re.findall(
            r'<link[^>]+rel="(?:stylesheet|preconnect|preload|icon|dns-prefetch)"[^>]+href="([^"]+)"', html
        )
        fetched += re.findall(r'<link[^>]+href="([^"]+)"[^>]+rel="(?:stylesheet|preconnect|preload|icon)"', html)
        assert fetched
        assert [address for address in fetched if "://" in address or address.startswith("//")] == []
        assert 'data-md-component="source"' not in html


def test_mermaid_is_named_only_where_a_diagram_is_and_comes_from_the_site(make: Make, tmp_path_factory):
    site = build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    assert (site / "assets/calmroom/mermaid.js").stat().st_size > 1_000_000
    assert "calm-diagram" in read(site, f"incidents/{ID}")
    for page in site.rglob("*.html"):
        assert "mermaid.js" not in page.read_text("utf-8")


def test_errors_stop_a_build_with_the_report_and_leave_the_last_site(make: Make, tmp_path_factory):
    site = tmp_path_factory.mktemp("s") / "site"
    root = make({f"incidents/{ID}.md": RECORD})
    build(root, site)
    make({"incidents/2026-04-01-bad.md": "---\ntitle: A\nsevirity: sev1\nstatus: draft\n---\n"})
    done = calmroom("-C", root, "build", "--site-dir", site)
    assert done.returncode == 1
    assert "incidents/2026-04-01-bad.md:3:1: error CR201" in done.stderr
    assert "Did you mean `severity`?" in done.stderr
    assert "Traceback" not in done.stderr
    assert (site / "incidents" / ID / "index.html").is_file()


def test_strict_counts_warnings(make: Make, tmp_path_factory):
    root = make({f"incidents/{ID}.md": RECORD + "\n<u>x</u>\n"})
    assert calmroom("-C", root, "build", "--site-dir", tmp_path_factory.mktemp("a")).returncode == 0
    assert calmroom("-C", root, "build", "--strict", "--site-dir", tmp_path_factory.mktemp("b")).returncode == 1


def test_mkdocs_build_does_the_same_as_our_command(make: Make, tmp_path_factory):
    root = make({f"incidents/{ID}.md": RECORD})
    ours, theirs = build(root, tmp_path_factory.mktemp("ours")), tmp_path_factory.mktemp("theirs")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1776211200", "PYTHONPATH": str(ROOT / "generator")}
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-d", theirs], cwd=root, check=True, env=environment
    )
    comparison = filecmp.dircmp(ours, theirs)
    assert not comparison.left_only and not comparison.right_only
    assert read(ours, f"incidents/{ID}") == read(theirs, f"incidents/{ID}")


def test_pages_work_without_directory_urls(make: Make, tmp_path_factory):
    settings = "site_name: T\nuse_directory_urls: false\ntheme: {name: material}\n"
    settings += f"plugins: [{{calmroom: {{{ALONE}}}}}]\n"
    record = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-01-old]")
    site = build(make({"mkdocs.yml": settings, f"incidents/{ID}.md": record}), tmp_path_factory.mktemp("s"))
    assert f'href="{ID}.html"' in (site / "incidents/index.html").read_text()
    assert f"url={ID}.html" in (site / "incidents/2026-03-01-old.html").read_text()


def test_a_page_written_by_hand_takes_the_place_of_ours(make: Make, tmp_path_factory):
    site = build(
        make({f"incidents/{ID}.md": RECORD, "docs/index.md": "# Our own first page\n"}), tmp_path_factory.mktemp("s")
    )
    assert "Our own first page" in (site / "index.html").read_text()


def test_a_template_of_ones_own_replaces_a_block_of_ours(make: Make, tmp_path_factory):
    override = '{% extends "calmroom/pages/home.html" %}{% block top %}<h1>Our house</h1>{% endblock %}'
    site = build(
        make({f"incidents/{ID}.md": RECORD, "site_templates/pages/home.html": override}), tmp_path_factory.mktemp("s")
    )
    html = (site / "index.html").read_text()
    assert "Our house" in html and "What happened before" not in html and "Latest" in html


def test_an_empty_knowledge_base_builds(make: Make, tmp_path_factory):
    site = build(make({"incidents/README.md": "x"}), tmp_path_factory.mktemp("s"))
    assert "No incident is on record yet" in (site / "index.html").read_text()


def test_another_theme_is_refused_in_words(make: Make, tmp_path_factory):
    root = make({"mkdocs.yml": "site_name: T\nplugins: [calmroom]\n", f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "build", "--site-dir", tmp_path_factory.mktemp("s"))
    assert done.returncode == 1
    assert "material" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["build"], ["serve"], ["new", "--title", "A", "--severity", "sev1"]])
def test_a_folder_without_mkdocs_yml_is_wrong_use(words, tmp_path):
    done = calmroom("-C", tmp_path, *words)
    assert done.returncode == 2
    assert "mkdocs.yml" in done.stderr
    assert list(tmp_path.iterdir()) == []
