"""Synthetic records: as long and as varied as real ones, and the same for the same seed."""

from __future__ import annotations

import datetime
import random
from pathlib import Path
from typing import Any

from calmroom.records.emit import record_text

WORDS = [
    "the",
    "portal",
    "queue",
    "replica",
    "certificate",
    "firewall",
    "rule",
    "deployment",
    "region",
    "shard",
    "latency",
    "error",
    "budget",
    "on-call",
    "engineer",
    "alert",
    "threshold",
    "rollback",
    "migration",
    "token",
    "cache",
    "load",
    "balancer",
    "database",
    "primary",
    "network",
    "partition",
    "retry",
    "storm",
    "timeout",
    "backlog",
    "customer",
    "support",
    "status",
    "page",
    "health",
    "check",
    "configuration",
    "flag",
    "pipeline",
    "review",
    "capacity",
    "quota",
    "disk",
    "memory",
    "leak",
    "restart",
    "failover",
    "recovery",
    "upstream",
    "provider",
    "library",
    "upgrade",
    "access",
    "key",
    "secret",
    "rotation",
    "audit",
    "log",
    "session",
    "intrusion",
]
KINDS = ("change", "configuration", "capacity", "dependency", "detection", "access", "software", "process", "knowledge")
SERVICES = [
    f"{first}-{second}"
    for first in ("customer", "billing", "edge", "data", "mobile")
    for second in ("portal", "api", "store", "queue")
]


def record(number: int, seed: int = 7) -> tuple[str, dict[str, Any], str]:
    """Return the id, the fields and the narrative of the record with this number: about 8 KB in all."""
    chance = random.Random(seed * 1_000_003 + number)
    began = datetime.datetime(2015, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(minutes=chance.randrange(5_500_000))
    moments = [began + datetime.timedelta(minutes=m) for m in (0, *sorted(chance.sample(range(1, 900), 3)))]
    fields: dict[str, Any] = {
        "title": sentence(chance, 9),
        "severity": chance.choice(["sev1", "sev2", "sev3", "sev4"]),
        "status": "reviewed",
        "tlp": "green",
        "kind": [chance.choice(["availability", "security", "performance"])],
        "services": chance.sample(SERVICES, 2),
        "tags": chance.sample(["dns", "tls", "waf", "bgp", "backup", "kubernetes", "login", "payments"], 2),
        "times": dict(zip(("began", "detected", "mitigated", "resolved"), map(written, moments), strict=True)),
        "impact": {"summary": sentence(chance, 12), "customers": chance.randrange(100_000)},
        "detection": {"by": chance.choice(["monitoring", "staff", "customer"]), "gap": sentence(chance, 12)},
        "timeline": [
            {"at": written(began + datetime.timedelta(minutes=minute)), "kind": chance.choice(["change", "note", "decision"]),
             "what": sentence(chance, 14), "key": index % 2 == 0, "evidence": f"CHG-{chance.randrange(10_000)}"}
            for index, minute in enumerate(sorted(chance.sample(range(900), 12)))
        ],
        "factors": [
            {"id": f"f{n}", "kind": chance.choice(KINDS), "what": sentence(chance, 12), "leads_to": [f"f{n + 1}" if n < 4 else "impact"]}
            for n in range(1, 5)
        ],
        "went_well": [sentence(chance, 10) for _ in range(2)],
        "got_lucky": [sentence(chance, 10)],
        "actions": [
            {"id": f"a{n}", "what": sentence(chance, 12), "owner": "Platform", "due": (began.date() + datetime.timedelta(days=30)).isoformat(),
             "status": chance.choice(["accepted", "done"]), "strength": chance.choice(["stronger", "intermediate", "weaker"]), "addresses": [f"f{n}"]}
            for n in range(1, 4)
        ],
    }  # fmt: skip
    fields["factors"][-1]["leads_to"] = ["impact"]
    story = "\n\n".join(" ".join(sentence(chance, 16) for _ in range(4)) for _ in range(6))
    narrative = f"## Summary\n\n{sentence(chance, 20)} {sentence(chance, 20)}\n\n## What happened\n\n{story}\n"
    return f"{began:%Y-%m-%d}-incident-{number:05}", fields, narrative


def sentence(chance: random.Random, words: int) -> str:
    """Return a sentence of that many words."""
    return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."


def written(at: datetime.datetime) -> str:
    """Return a moment as a record writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_records(root: Path, count: int) -> None:
    """Write a knowledge base of `count` records."""
    (root / "incidents").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "mkdocs.yml").write_text(
        "site_name: Bench\ntheme: {name: material}\nnav: [{Home: index.md}, {Incidents: incidents/index.md}]\nplugins: [calmroom]\n"
    )
    for number in range(count):
        id_, fields, narrative = record(number)
        (root / "incidents" / f"{id_}.md").write_text(record_text(fields, narrative))


def write_plain(root: Path, count: int) -> None:
    """Write the same pages as plain Markdown for MkDocs and Material, out of the navigation like ours."""
    folder = root / "docs" / "incidents"
    folder.mkdir(parents=True)
    (root / "mkdocs.yml").write_text(
        "site_name: Bench\ntheme: {name: material, font: false}\nnav: [{Home: index.md}, {Incidents: incidents/index.md}]\nnot_in_nav: '*'\nmarkdown_extensions: [tables]\n"
    )
    (root / "docs" / "index.md").write_text("# Bench\n")
    rows = []
    for number in range(count):
        id_, fields, narrative = record(number)
        rows.append(f"| {id_[:10]} | [{fields['title']}]({id_}.md) | {fields['severity']} |")
        (folder / f"{id_}.md").write_text(plain_page(fields, narrative))
    (folder / "index.md").write_text(
        "# Incidents\n\n| Day | What | Severity |\n|---|---|---|\n" + "\n".join(sorted(rows, reverse=True)) + "\n"
    )


def plain_page(fields: dict[str, Any], narrative: str) -> str:
    """Return what a careful person would have written by hand: the same facts, as Markdown tables and lists."""
    parts = [f"# {fields['title']}", f"{fields['severity']} · {', '.join(fields['services'])} · TLP:GREEN", narrative]
    parts.append(
        "| Moment | At |\n|---|---|\n" + "\n".join(f"| {name} | {at} |" for name, at in fields["times"].items())
    )
    parts.append(
        "## Timeline\n\n| At | Kind | What | Evidence |\n|---|---|---|---|\n"
        + "\n".join(
            f"| {event['at']} | {event['kind']} | {event['what']} | {event['evidence']} |"
            for event in fields["timeline"]
        )
    )
    parts.append("## Factors\n\n" + "\n".join(f"- {factor['kind']}: {factor['what']}" for factor in fields["factors"]))
    parts.append("## Impact\n\n" + fields["impact"]["summary"] + "\n\n## Detection\n\n" + fields["detection"]["gap"])
    parts.append(
        "## What went well\n\n" + "\n".join(f"- {text}" for text in [*fields["went_well"], *fields["got_lucky"]])
    )
    parts.append(
        "## Actions\n\n| Action | Owner | Due | State |\n|---|---|---|---|\n"
        + "\n".join(
            f"| {action['what']} | {action['owner']} | {action['due']} | {action['status']} |"
            for action in fields["actions"]
        )
    )
    return "\n\n".join(parts) + "\n"
