"""Values that somebody may write to do harm, as data: each goes into every field that takes a text."""

from __future__ import annotations

import json

RUN = "<img src=x onerror=alert(1)>"
VALUES = [
    RUN, "<script>alert(1)</script>", "\"'><svg/onload=alert(1)>", "</title><script>alert(1)</script>", "</textarea></style></script>" + RUN,
    "javascript:alert(1)", "<a href=javascript:alert(1)>x</a>", "`" + RUN + "`", "&lt;img src=x onerror=alert(1)&gt;", "&#60;img src=x onerror=alert(1)&#62;",
    "{{ 7*7 }}", "{% raw %}{{ x }}", "{{ config.__class__ }}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "[[x]]", "[x](javascript:alert(1))", "![x](http://127.0.0.1:9/x)",
    "<img src=http://127.0.0.1:9/x>", "<style>*{background:url(http://127.0.0.1:9/x)}</style>", "<base href=http://127.0.0.1:9/>", "<meta http-equiv=refresh content=0;url=//127.0.0.1:9>",
    "=HYPERLINK(\"http://127.0.0.1:9\")", "@SUM(1)", "+1", "-1", "a;=1", "＝1+1", "::error::x", "##[error]x", "##vso[task.x]y", "@everyone", "<!channel>", "\\N", "BEGIN:VALARM",
    "%%{init: {\"securityLevel\": \"loose\"}}%%", "end", "click n0 \"javascript:alert(1)\"", "A --> B", "graph TD", "section x", "2026-03-02, 1d", "n0@{ img: \"http://127.0.0.1:9/x\" }", "#59;#60;img src=x onerror=alert(1)#62;",
    "../../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "CON", "index", "__proto__", "constructor", "a\u200bb", "\u200f\u05d0\u05d1", "\U0001f469\u200d\U0001f4bb", "e\u0301" * 40, "\u0fff" * 50,
    "'", "\"", "\\", "`", "---", "***", "===", "1.", "| a |", "~~~", "```", "<!--", "-->", "]]>", "<![CDATA[", "<?xml?>", "&", "&amp;amp;", "a" * 1500, "\u4e2d" * 1500, "a\nb", "a\n\n# b", "a\n::error::b", "\t", "null", "1e3", "yes", "~",
]  # fmt: skip
VALUES = [value for value in VALUES if value.strip()]


def quoted(value: str, most: int = 4_000) -> str:
    """Return a value as YAML in quotes."""
    return json.dumps(value[:most], ensure_ascii=False)


def record(value: str) -> str:
    """Return a record that holds a value in every field that takes a text: 27 of them."""
    text, title = quoted(value), quoted(" ".join(value.split()), 150)
    return f"""---
title: {title}
ref: {text}
severity: sev1
status: draft
organisation: {title}
asked: [{title}]
kind: [security]
services: [a]
times: {{began: 2026-03-02T09:02:00Z, detected: 2026-03-02T09:30:00Z, resolved: 2026-03-02T11:02:00Z}}
impact: {{summary: {text}}}
detection: {{by: customer, gap: {text}}}
timeline:
  - {{at: 2026-03-02T09:02:00Z, kind: change, what: {text}, key: true}}
  - {{at: 2026-03-02T09:30:00Z, kind: note, what: {text}}}
factors:
  - {{id: a, kind: process, what: {text}, leads_to: [impact]}}
went_well: [{text}]
got_lucky: [{text}]
surprised_by: [{text}]
open_questions: [{text}]
actions:
  - {{id: a, what: {text}, owner: {text}, due: 2026-03-16, status: accepted, addresses: [a]}}
  - {{id: b, what: {text}, status: declined, reason: {text}}}
roles: {{scribe: {text}, facilitator: {text}, incident-commander: {text}}}
meeting: {{at: 2026-05-04T13:00:00Z, attendees: [{text}]}}
sources: [{{title: {title}, url: "https://example.com/a"}}]
amendments: [{{on: 2026-03-03, what: {text}, by: {text}}}]
---

## Summary

Text.
"""


def script(value: str) -> str:
    """Return a script that holds a value in every field that takes a text: 14 of them."""
    text, title = quoted(value, 1_000).replace("{", "(").replace("}", ")"), quoted(" ".join(value.split()), 150)
    return f"""title: {title}
situation: {text}
asked: [{title}]
kind: dialogue
cast: {{you: {{name: {text}, role: {text}}}, x: {{name: {text}}}}}
beats:
  - id: a
    title: {title}
    lines:
      - {{speaker: x, says: {text}, direction: {text}}}
      - {{speaker: you, says: {text}, moves: [acknowledge-the-feeling], why: {text}, if_pushed: {{they: {text}, says: {text}}}, never: {{says: {text}, because: {text}}}}}
"""


def terms(values: list[str]) -> str:
    """Return a vocabulary with a term for each value, which stands in each of its 8 texts."""
    made = ""
    for number, value in enumerate(values):
        text, title = quoted(value, 1_000), quoted(f"{' '.join(value.split())[:100]} {number}")
        made += f"t{number}:\n  term: {title}\n  plain: {text}\n  asked: [{title}]\n  misused: {text}\n  executive: {text}\n  synonyms: [{quoted(f'{value[:60]} s{number}')}]\n"
        made += f"  precise: [{{field: reliability, text: {text}, source: {text}}}]\n"
    return made


COUNT = len(VALUES) * (27 + 14 + 8)
