"""A server of the Model Context Protocol over stdio: tools that read one edition of a knowledge base and write nothing.

The knowledge base is read again when a file of it changed. All that knows the protocol is here; `answers` knows none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from calmroom import __version__, knowledge
from calmroom.assistant.answers import Answers, UnknownError
from calmroom.exchange.places import Places
from calmroom.records import sharing

INSTRUCTIONS = """\
A post-mortem knowledge base: what happened before, what to say tomorrow, what must follow. Answers come from one
edition, up to a sharing level, and nothing above it can be asked for. Facts and shared solving instead of blame: name
roles, never people; several conditions, never one root cause; what could be seen at the time, not what should have
been done. Say what a record says and where it stands; what it does not say is not known. Check a draft before you
give it.
"""
READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
Made = TypeVar("Made")
Count = Annotated[int, Field(ge=1, le=50, description="How many at most.")]
Words = Annotated[str, Field(min_length=1, max_length=5_000)]


class Reader:
    """Answers from the knowledge base as its files are now."""

    def __init__(self, root: Path, edition: str | None, places: Places, today: date) -> None:
        self._root = root
        self._edition = edition
        self._places = places
        self._today = today
        self._seen: object = None
        self._answers: Answers | None = None

    def ask(self, question: Callable[[Answers], Made]) -> Made:
        """Return an answer; what cannot be answered becomes an error of the tool, in words."""
        try:
            return question(self._now())
        except UnknownError as error:
            raise ToolError(str(error)) from None

    def _now(self) -> Answers:
        seen = self._state()
        if self._answers is None or seen != self._seen:
            base = knowledge.read(self._root, edition=self._edition)
            if base.errors and self._answers is None:
                raise ToolError(f"The records hold {len(base.errors)} errors; `calmroom check` lists them.")
            if not base.errors:  # half of what somebody is writing is no answer; the last that was whole is
                self._answers = Answers(base, self._places, self._today)
            self._seen = seen
        assert self._answers is not None
        return self._answers

    def _state(self) -> object:
        settings = knowledge.read_settings(self._root)
        folders = (settings.incidents, settings.playbooks, knowledge.TAXONOMIES, "docs")
        files = [
            (entry.path, found.st_mtime_ns, found.st_size)
            for folder in folders
            for entry in _files(self._root / folder)
            if (found := entry.stat())
        ]
        config = self._root / "mkdocs.yml"
        return config.stat().st_mtime_ns if config.exists() else 0, hash(tuple(files))


def _files(folder: Path) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    for path, _, _ in os.walk(folder):
        with os.scandir(path) as entries:
            found += [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    return sorted(found, key=lambda entry: entry.path)


def make(root: Path, edition: str | None, places: Places, today: date) -> MCPServer[Any]:
    """Return the server with its tools."""
    reader = Reader(root, edition, places, today)
    server: MCPServer[Any] = MCPServer(
        "calmroom", title=places.name, instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    tool = server.tool

    @tool(title="Search", annotations=READS)
    def search(
        words: Words,
        kinds: Annotated[list[str], Field(description="incident, playbook, script, term; none means all.")] = [],  # noqa: B006
        count: Count = 8,
    ) -> dict[str, Any]:
        """Search incidents, playbooks, scripts and the vocabulary, in your own words, as the site does."""
        return reader.ask(lambda answers: answers.search(words, kinds, count))

    @tool(title="Similar incidents", annotations=READS)
    def similar(
        subject: Annotated[Words, Field(description="A record's id, or a paragraph about a new incident.")],
        count: Count = 5,
    ) -> dict[str, Any]:
        """Find the incidents most like one: why, what was tried there, and whether it held."""
        return reader.ask(lambda answers: answers.similar(subject, count))

    @tool(title="An incident", annotations=READS, structured_output=False)
    def record(id: Annotated[Words, Field(description="Its id, an earlier id, or the number of its ticket.")]) -> str:
        """Give one incident whole, as Markdown: moments, timeline, contributing factors, what was learned, actions."""
        return reader.ask(lambda answers: answers.record(id))

    @tool(title="A playbook", annotations=READS, structured_output=False)
    def playbook(situation: Annotated[Words, Field(description="An id, or the situation in your own words.")]) -> str:
        """Give the playbook for a hard situation around a post-mortem: preparation, words, vocabulary, follow-up."""
        return reader.ask(lambda answers: answers.playbook(situation))

    @tool(title="A script", annotations=READS, structured_output=False)
    def script(situation: Annotated[Words, Field(description="An id, or the situation in your own words.")]) -> str:
        """Give a dialogue or message, line by line, with why each line works and what never to say."""
        return reader.ask(lambda answers: answers.script(situation))

    @tool(title="A term", annotations=READS)
    def term(word: Annotated[Words, Field(description="The word, or what you mean by it.")]) -> dict[str, Any]:
        """Explain a term: its plain and precise meanings, its misuse, what to say to an executive."""
        return reader.ask(lambda answers: answers.term(word))

    @tool(title="A meeting kit", annotations=READS, structured_output=False)
    def kit(id: Annotated[Words, Field(description="The incident's id, or the number of its ticket.")]) -> str:
        """Give the meeting kit of an incident: agenda, opening words, hard moments, deadlines, as Markdown."""
        return reader.ask(lambda answers: answers.kit(id))

    @tool(title="Check a draft", annotations=READS)
    def check_draft(
        text: Annotated[str, Field(description="A record's file: front matter between lines of ---, then Markdown.")],
    ) -> dict[str, Any]:
        """Say what is wrong in a draft record, line by line, and what to write instead. Nothing is kept."""
        return reader.ask(lambda answers: answers.check(text))

    return server


def edition_of(root: Path, edition: str | None) -> str:
    """Return the name of the sharing level that is served."""
    return sharing.name(edition or knowledge.read_settings(root).edition)
