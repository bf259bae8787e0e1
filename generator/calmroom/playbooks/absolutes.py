"""Absolutes in what you say: words such as never, nobody or guarantee, which few speakers can keep.

The phrases are data (`words/absolutes.yaml`). Each finding is advice: a script may keep an absolute that is meant, and
then says so under `meant`, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from calmroom.playbooks.model import ScriptFields, spoken_by_you
from calmroom.records.diagnostics import WORDS
from calmroom.records.yaml_text import Path


def find(script: ScriptFields) -> Iterator[tuple[Path, str]]:
    """Yield every absolute in what you say or write that the script does not say is meant, with its place."""
    for path, text in spoken_by_you(script):
        meant = [
            (found.start(), found.end())
            for item in script.meant
            for found in re.finditer(re.escape(item.words), text, re.IGNORECASE)
        ]
        for found in _pattern().finditer(text):
            if not any(start <= found.start() and found.end() <= end for start, end in meant):
                yield path, found[0].lower()


def unused(script: ScriptFields) -> Iterator[int]:
    """Yield the number of every `meant` whose words you do not say, or that holds no absolute."""
    said = [text.lower() for _, text in spoken_by_you(script)]
    for number, item in enumerate(script.meant):
        if not any(item.words.lower() in text for text in said) or not _pattern().search(item.words):
            yield number


@cache
def _pattern() -> re.Pattern[str]:
    loaded: dict[str, Any] = yaml.safe_load((WORDS / "absolutes.yaml").read_text("utf-8"))
    before = "".join(rf"(?<!\b{re.escape(word)} )" for word in loaded["unless_after"])
    phrases = "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in loaded["phrases"])
    return re.compile(rf"{before}\b(?:{phrases})\b", re.IGNORECASE)
