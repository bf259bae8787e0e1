"""The server for assistants, asked by the SDK's own client: over stdio as the command runs it, and within an edition."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import ID, RECORD, ROOT, Make, calmroom

Told = TypeVar("Told")
TOOLS = {"search", "similar", "record", "playbook", "script", "term", "kit", "check_draft"}
FULL = RECORD.replace("severity: sev1", "severity: sev1\nref: INC-7")
RED = RECORD.replace("tlp: green", "tlp: red").replace("Customer portal", "Zanzibar portal")


def apart(asking: Coroutine[Any, Any, Told]) -> Told:
    """Run it in a thread of its own: a browser's tests in the same process have an event loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asking).result()


def asked(root: Path, *calls: tuple[str, Mapping[str, Any]], more: tuple[str, ...] = ()) -> list[tuple[bool, str]]:
    """Call tools of the real command over stdio; returns for each whether it failed, and its text."""

    async def ask() -> list[tuple[bool, str]]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "calmroom", "-C", str(root), "mcp", *more],
            env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
        )
        async with Client(server) as client:
            told = []
            for name, arguments in calls:
                result = await client.call_tool(name, dict(arguments))
                told.append((bool(result.is_error), "".join(getattr(part, "text", "") for part in result.content)))
            return told

    return apart(ask())


def test_its_tools_all_read_and_say_what_they_are_for():
    async def ask() -> list[Any]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "calmroom", "-C", str(ROOT), "mcp"], env=dict(os.environ)
        )
        async with Client(server) as client:
            return (await client.list_tools()).tools

    tools = apart(ask())
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.description and tool.annotations.read_only_hint and not tool.annotations.destructive_hint


def test_each_tool_answers_from_the_library():
    found, near, one, book, script, term, kit = asked(
        ROOT,
        ("search", {"words": "nobody says a word", "count": 3}),
        ("similar", {"subject": "2026-03-02-edge-firewall-rule", "count": 2}),
        ("record", {"id": "INC-2026-014"}),
        ("playbook", {"situation": "they all stay silent"}),
        ("script", {"situation": "the boss wants somebody fired"}),
        ("term", {"word": "blast radius"}),
        ("kit", {"id": "2026-03-02-edge-firewall-rule"}),
    )
    assert not any(failed for failed, _ in (found, near, one, book, script, term, kit)), (found, near, one, book)
    assert len(json.loads(found[1])["found"]) == 3
    assert len(json.loads(near[1])["found"]) == 2 and json.loads(near[1])["found"][0]["reasons"]
    assert one[1].startswith("---\n") and "## What happened" in one[1]
    assert "## Preparation" in book[1] and "# " in script[1]
    assert json.loads(term[1])["executive"] and "Agenda" in kit[1]


def test_nothing_above_the_edition_can_be_asked_for(make: Make):
    root = make({f"incidents/{ID}.md": FULL, "incidents/2026-03-05-zanzibar.md": RED})
    for more in ((), ("--edition", "amber")):
        told = asked(
            root,
            ("record", {"id": "2026-03-05-zanzibar"}),
            ("search", {"words": "Zanzibar"}),
            ("similar", {"subject": "Zanzibar portal"}),
            ("kit", {"id": "2026-03-05-zanzibar"}),
            more=more,
        )
        assert told[0][0] and told[3][0]
        assert not any("Zanzibar" in text for _, text in told[1:3])
    assert not asked(root, ("record", {"id": "2026-03-05-zanzibar"}), more=("--edition", "red"))[0][0]


def test_what_is_not_there_is_said_in_words(make: Make):
    root = make({f"incidents/{ID}.md": FULL})
    told = asked(
        root,
        ("record", {"id": "2026-03-02-edge-firewal-rule"}),
        ("playbook", {"situation": "silence"}),
        ("search", {"words": "portal", "kinds": ["incidnet"]}),
        ("search", {"words": "portal", "count": 1000}),
    )
    assert all(failed for failed, _ in told)
    assert f"Did you mean `{ID}`?" in told[0][1] and "no playbook" in told[1][1] and "Valid: incident" in told[2][1]
    assert not any("Traceback" in text for _, text in told)


@pytest.mark.parametrize(
    "text", ["", "\n", "no front matter", "---\ntitle: T\n", "\ud800", "---\n---\n", "x" * 200_001]
)
def test_a_draft_that_is_none_is_told_and_nothing_breaks(text: str, make: Make):
    from datetime import date

    from calmroom import knowledge
    from calmroom.assistant.answers import Answers, UnknownError
    from calmroom.exchange.places import Places

    answers = Answers(knowledge.read(make({})), Places(), date(2026, 4, 15))
    if len(text) > 200_000:
        with pytest.raises(UnknownError):
            answers.check(text)
    else:
        assert not answers.check(text)["valid"]


def test_a_draft_is_checked_as_check_does_and_nothing_is_written(make: Make):
    root = make({f"incidents/{ID}.md": FULL})
    before = sorted(root.rglob("*"))
    wrong = FULL.replace("severity: sev1", "sevirity: sev1")
    blames = FULL.replace("Urgent changes skip review.", "The engineer should have asked.")
    bad, words, good = asked(root, *(("check_draft", {"text": text}) for text in (wrong, blames, FULL)))
    problems = json.loads(bad[1])["problems"] + json.loads(words[1])["problems"]
    assert not json.loads(bad[1])["valid"] and json.loads(good[1])["valid"]
    assert any(problem["code"] == "CR201" and problem["line"] == 3 for problem in problems)
    assert any(problem["code"] == "CR607" for problem in problems)
    assert sorted(root.rglob("*")) == before


def test_a_file_that_changes_is_read_again(make: Make):
    root = make({f"incidents/{ID}.md": FULL})

    async def ask() -> tuple[str, str]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "calmroom", "-C", str(root), "mcp"], env=dict(os.environ)
        )
        async with Client(server) as client:
            first = await client.call_tool("record", {"id": ID})
            path = root / "incidents" / f"{ID}.md"
            path.write_text(FULL.replace("Customer portal", "Partner portal"))
            os.utime(path, ns=(1, 1))
            second = await client.call_tool("record", {"id": ID})
            return first.content[0].text, second.content[0].text

    first, second = apart(ask())
    assert "Customer portal" in first and "Partner portal" in second


def test_without_the_extra_it_says_how_to_get_it(make: Make, monkeypatch: pytest.MonkeyPatch):
    from click.testing import CliRunner

    from calmroom.cli import main

    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "calmroom.assistant.server", raising=False)
    done = CliRunner().invoke(main, ["-C", str(make({})), "mcp"])
    assert done.exit_code == 2 and "calmroom[mcp]" in done.output


def test_the_command_is_listed():
    assert "  mcp " in calmroom("--help").stdout
