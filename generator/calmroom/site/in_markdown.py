"""Markdown twins: what a page says, as Markdown with front matter, for programs and for builders that are not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from calmroom import exports
from calmroom.exchange import api, story
from calmroom.exchange.places import Places
from calmroom.insight import durations
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Playbook, Script, split_at_slots
from calmroom.records import sharing
from calmroom.records.links import Broken, Target
from calmroom.records.model import Record
from calmroom.site import addresses, diagrams, views
from calmroom.site.rendering import Renderer, escape_markdown

NO_DAY = date(1000, 1, 1)
"""A twin says nothing of what is late: that changes with the day, and its record does not."""
Place = Callable[[str], str]
"""Gives for an address of ours (`incidents/<id>.md`) what a link in the twin says; nothing for what is not there."""
Fragment = Callable[[Target], str]
"""Gives for what a link leads to its `#anchor` on that page."""


class Twins:
    """The twins of one knowledge base; `drawn` says that Mermaid diagrams are in them."""

    def __init__(
        self,
        base: KnowledgeBase,
        renderer: Renderer,
        places: Places,
        *,
        drawn: bool = False,
        fragment: Fragment = addresses.fragment,
    ) -> None:
        self._base = base
        self._renderer = renderer
        self._places = places
        self._drawn = drawn
        self._fragment = fragment

    def record(self, record: Record, place: Place | None = None, front: Mapping[str, Any] | None = None) -> str:
        """Return the twin of one record; without `place` links are those of the published site."""
        base = self._base
        place = place or self._place(api.twin_address("incidents", record.id))
        drawings = (diagrams.timeline(record), diagrams.cause_map(record, base.taxonomies)) if self._drawn else ()
        drawn = {found.name: f"```mermaid\n{found.source.strip()}\n```" for found in drawings if found}
        impact = record.impact
        numbers = (
            ("Customers affected", impact.customers),
            ("Requests failed", impact.requests_failed),
            ("Records of data", impact.data_records),
            ("Cost", impact.cost),
        )
        level = record.tlp or ("clear" if record.shipped else base.settings.default_tlp)
        values = {
            "front": front_matter(front if front is not None else api.head(record, self._places, base.settings)),
            "record": record,
            "severity": base.settings.severity(record.severity).title,
            "status": base.taxonomies.title("statuses", record.status),
            "level": sharing.name(level),
            "moments": [(name, views.moment_text(at, "UTC")) for name, at in record.times.known()],
            "durations": [
                f"Time to {found.name}: {found.text} ({found.start} to {found.end})" for found in durations.of(record)
            ],
            "events": [
                (row.offset, row.utc, f"{_md(row.event.what)} *{_md(row.kind)}*{_seen(row.event.evidence)}")
                for row in views.event_rows(base, record)
            ],
            "timeline": drawn.get("timeline", ""),
            "causes": drawn.get("causes", ""),
            "factors": list(_flat(views.factor_tree(base, record), 0)),
            "numbers": [(name, number) for name, number in numbers if number is not None],
            "detector": base.taxonomies.title("detectors", record.detection.by) if record.detection.by else "",
            "learned": [
                (title, [_md(text) for text in texts])
                for title, texts in (
                    ("What went well", record.went_well),
                    ("Where we were lucky", record.got_lucky),
                    ("What surprised us", record.surprised_by),
                    ("Still open", record.open_questions),
                )
                if texts
            ],
            "actions": [_action(row) for row in views.action_rows(base, record, NO_DAY)],
            "amendments": [
                f"{item.on}: {_md(item.what)}{f' ({_md(item.by)})' if item.by else ''}" for item in record.amendments
            ],
            "story": story.told(record.narrative, self._follow(record.path, place), shift=1),
            "sources": [_link(source.title, source.url) for source in record.sources],
        }
        return self._text("twins/record.md", values)

    def playbook(self, item: Playbook, place: Place | None = None, front: Mapping[str, Any] | None = None) -> str:
        """Return the twin of one playbook."""
        base = self._base
        place = place or self._place(api.twin_address("playbooks", item.id))
        fields = item.fields
        told = {
            "id": item.id,
            "title": item.title,
            "situation": fields.situation,
            "owner": fields.owner,
            "review_by": fields.review_by.isoformat(),
            "url": self._places.full(addresses.playbook(item.id)),
        }
        scripts = [base.scripts[id_] for id_ in fields.scripts if id_ in base.scripts]
        terms = [base.terms[slug] for slug in fields.terms if slug in base.terms]
        incidents = [base.by_id[id_] for id_ in fields.incidents if id_ in base.by_id]
        values = {
            "front": front_matter(front if front is not None else told),
            "playbook": item,
            "story": story.told(item.prose.text, self._follow(item.prose.path, place)),
            "related": (
                ("Script", [(one.title, place(addresses.script(one.id))) for one in scripts]),
                ("Term", [(one.term, f"{place(addresses.GLOSSARY)}#{one.slug}") for one in terms]),
                ("Incident", [(one.title, place(addresses.incident(one.id))) for one in incidents]),
            ),
        }
        return self._text("twins/playbook.md", values)

    def script(self, item: Script, place: Place | None = None, front: Mapping[str, Any] | None = None) -> str:
        """Return the twin of one script."""
        place = place or self._place(api.twin_address("scripts", item.id))
        told = {
            "id": item.id,
            "title": item.title,
            "kind": item.kind,
            "url": self._places.full(addresses.script(item.id)),
        }
        values = {
            "front": front_matter(front if front is not None else told),
            "script": item,
            "titles": self._base.taxonomies["moves"],
            "words": _words,
            "body": story.told(_words(item.body), self._follow(item.path, place), shift=2) if item.body else "",
        }
        return self._text("twins/script.md", values)

    def llms(self, description: str) -> str:
        """Return `llms.txt`, as llmstxt.org describes it: what is here, and where its Markdown is."""
        base, places = self._base, self._places
        latest = [record for record in base.own_first if not record.fictional][:100]
        playbooks = base.playbooks.values()
        values = {
            "name": places.name,
            "description": description or "What happened before, what to say tomorrow, and what must follow.",
            "edition": sharing.name(base.edition),
            "count": len(base.records),
            "places": places,
            "sections": (
                ("Playbooks", [self._listed("playbooks", p.id, p.title, p.fields.situation) for p in playbooks]),
                ("Scripts", [self._listed("scripts", s.id, s.title, s.situation) for s in base.scripts.values()]),
                ("Latest incidents", [self._listed("incidents", r.id, r.title, r.impact.summary) for r in latest]),
            ),
        }
        return self._text("twins/llms.txt.md", values)

    def _listed(self, kind: str, id_: str, title: str, told: str | None) -> tuple[str, str, str]:
        return title, self._places.file(api.twin_address(kind, id_)), told or ""

    def _place(self, file: str) -> Place:
        return lambda uri: self._places.from_file(file, uri)

    def _follow(self, path: str, place: Place) -> story.Follow:
        def follow(tag: str, address: str) -> str | None:
            target = self._base.directory.resolve(address, tag, path)
            if isinstance(target, Broken) or target.kind == "nowhere":
                return None
            if target.kind == "web":
                return target.id
            if target.kind == "here":
                return self._fragment(target) or "#"
            there = place(addresses.of_target(target, self._base))
            return there + self._fragment(target) if there else None

        return follow

    def _text(self, name: str, values: Mapping[str, Any]) -> str:
        lines = (line.rstrip() for line in self._renderer.text(name, values).split("\n"))
        kept: list[str] = []
        for line in lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip("\n") + "\n"


def _md(text: str) -> str:
    return escape_markdown(text)


def _link(title: str, url: str) -> str:
    return f"[{_md(title)}](<{story.address(url)}>)"


def _seen(written: str | None) -> str:
    """Return in brackets where something can be looked up."""
    if not written:
        return ""
    found = views.reference(written)
    return f" ({_link(found.text, found.url) if found.url else _md(found.text)})"


def _flat(nodes: Iterable[views.FactorNode], depth: int) -> Iterator[tuple[int, str]]:
    """Yield a tree of factors line by line, each with how deep it stands."""
    for node in nodes:
        evidence = _seen(node.factor.evidence) if node.factor and not node.seen else ""
        yield depth, f"**{_md(node.kind)}**: {_md(node.text)}{evidence}{' (as above)' if node.seen else ''}"
        yield from _flat(node.children, depth + 1)


def _action(row: views.ActionRow) -> tuple[str, ...]:
    """Return the cells of one action."""
    action = row.action
    addressed = " ".join(_md(factor.what) for factor in row.addresses)
    what = _md(action.what) + (f" *addresses:* {addressed}" if addressed else "")
    what += f" *because:* {_md(action.reason)}" if action.reason else ""
    done = f" {action.done_on}" if action.done_on else ""
    unknown = "not recorded"
    due = str(action.due) if action.due else unknown
    owner = _md(action.owner) if action.owner else unknown
    return what + _seen(action.ticket), owner, due, _md(row.strength) or unknown, _md(row.status) + done


def front_matter(fields: Mapping[str, Any]) -> str:
    """Return fields as YAML between two lines of hyphens; each value is JSON, which every reader of YAML knows."""
    lines = (f"{name}: {exports.json_text(value)}" for name, value in fields.items() if value not in (None, [], ""))
    return f"---\n{''.join(lines)}---"


def _words(text: str) -> str:
    """Return a script's words with the names of its slots in brackets."""
    return "".join(f"[{name.replace('_', ' ')}]" if name else words for words, name in split_at_slots(text))
