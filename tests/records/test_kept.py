"""Readings that are kept: whatever happened to the files since, what is read is what a first reading would give."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.insight.similarity import Heard, Similarity
from calmroom.records import kept
from calmroom.records.model import IncidentFields, Record
from tests.conftest import ID, RECORD, SETTINGS, write_base

OTHER = RECORD.replace("title: Customer", "title: Another customer").replace("[customer-portal]", "[billing]")
LINKED = RECORD + "\nSee [that one](incident:2025-03-02-other) and `<b>`.\n"
BROKEN = RECORD.replace("sev1", "sevenfold")
WITHHELD = RECORD.replace("First customer call reaches support.", "A secret call.").replace(
    "key: true}\nfactors", "key: true, tlp: red}\nfactors"
)
PLANNED = RECORD.replace("status: reviewed", "status: in-review\nmeeting: {at: 2026-03-04T09:00:00Z}")
TEXTS = [RECORD, OTHER, LINKED, BROKEN, WITHHELD, PLANNED, RECORD + "\nOne more line.\n"]
NAMES = [f"{ID}.md", "2025-03-02-other.md", "2024-01-05-third.md", "2023-07-01-folder/record.md"]
ALL = [*IncidentFields.model_fields, "id", "path", "files", "shipped", "marked"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(kept, "RACY", 0)  # what was written a moment ago counts as settled, or nothing would be kept


def told(base: knowledge.KnowledgeBase) -> tuple[object, ...]:
    records = [{name: getattr(record, name) for name in ALL} for record in base.records]
    notes = [[getattr(note, "tlp", None) for note in record.went_well] for record in base.records]
    derived = [
        (r.factor_kinds, r.undone, r.began_on, r.noticed_by, r.evidenced, r.has("timeline")) for r in base.records
    ]
    return records, notes, derived, base.diagnostics, [item.path for item in base.unreadable]


def read(root: Path, monkeypatch: pytest.MonkeyPatch, *, cached: bool, edition: str = "red") -> tuple[object, ...]:
    with monkeypatch.context() as patch:
        if not cached:
            patch.setenv(kept.VARIABLE, "off")
        return told(knowledge.read(root, edition=edition))


def store(root: Path) -> Path:
    (file,) = [path for path in Path(os.environ[kept.VARIABLE]).glob("*.sqlite") if path.stat().st_size]
    return file


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("touch"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("beside"), st.just(NAMES[3]), st.sampled_from(["a.png", "b.txt"])),
        st.tuples(st.just("words"), st.just(""), st.sampled_from(["weather", "moon"])),
        st.tuples(st.just("settings"), st.just(""), st.sampled_from(["green", "amber"])),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_any_sequence_of_edits_is_read_as_if_for_the_first_time(tmp_path_factory, monkeypatch, edits):
    root = write_base(tmp_path_factory.mktemp("base"), {f"incidents/{ID}.md": RECORD})
    incidents = root / "incidents"
    for kind, name, what in edits:
        path = incidents / name
        if kind == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(what)
        elif kind == "delete" and name and path.exists():
            shutil.rmtree(path.parent) if path.parent != incidents else path.unlink()
        elif (
            kind == "rename" and path.exists() and path.parent == (incidents / what).parent and path != incidents / what
        ):
            path.rename(incidents / what)
        elif kind == "touch" and path.exists():
            os.utime(path)
        elif kind == "beside" and path.exists():
            (path.parent / what).write_bytes(b"beside")
        elif kind == "words":
            (root / "taxonomies").mkdir(exist_ok=True)
            (root / "taxonomies/factor-kinds.yaml").write_text(f"{what}: {{title: {what}, meaning: It rained.}}\n")
        elif kind == "settings":
            (root / "mkdocs.yml").write_text(SETTINGS.replace("timezone:", f"default_tlp: {what}, timezone:"))
        for edition in ("red", "green"):
            fresh = read(root, monkeypatch, cached=False, edition=edition)
            assert read(root, monkeypatch, cached=True, edition=edition) == fresh


def test_a_file_that_is_as_it_was_is_not_opened_again(make, monkeypatch):
    root = make({f"incidents/{ID}.md": RECORD, "incidents/2025-03-02-other.md": OTHER})
    first = read(root, monkeypatch, cached=True)
    opened: list[str] = []
    real = knowledge.door.read
    monkeypatch.setattr(knowledge.door, "read", lambda file, *rest: opened.append(file.name) or real(file, *rest))
    assert read(root, monkeypatch, cached=True) == first
    assert not [name for name in opened if name.endswith("other.md") or name == f"{ID}.md"]
    (root / "incidents/2025-03-02-other.md").write_text(OTHER + "\nMore.\n")
    read(root, monkeypatch, cached=True)
    assert [name for name in opened if name.endswith(".md") and name[:4] == "2025"] == ["2025-03-02-other.md"]


def test_a_change_that_hides_behind_the_old_size_and_time_is_seen(make, monkeypatch):
    root = make({f"incidents/{ID}.md": RECORD})
    path = root / f"incidents/{ID}.md"
    before = path.stat()
    read(root, monkeypatch, cached=True)
    path.write_text(RECORD.replace("41000", "52000"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert knowledge.read(root).records[0].impact.customers == 52000


def test_a_file_that_was_changed_a_moment_ago_is_looked_into(make, monkeypatch):
    monkeypatch.setattr(kept, "RACY", 10**15)
    root = make({f"incidents/{ID}.md": RECORD})
    assert kept.signature((root / f"incidents/{ID}.md").stat()) == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"no database at all"),
        lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
        lambda file: file.write_bytes(b""),
        lambda file: changed(file, "UPDATE parts SET texts = replace(texts, 'Rule 4471', 'Nobody')"),
        lambda file: changed(file, "UPDATE parts SET facts = 'not json'"),
        lambda file: changed(file, "DELETE FROM parts"),
        lambda file: changed(file, "UPDATE about SET version = 'of somebody else'"),
        lambda file: changed(file, "DROP TABLE readings"),
    ],
    ids=["foreign", "cut", "empty", "other words", "no json", "without parts", "other version", "without a table"],
)
def test_what_was_kept_and_is_damaged_is_passed_over(damage, make, monkeypatch):
    root = make({f"incidents/{ID}.md": RECORD})
    sound = read(root, monkeypatch, cached=True)
    gc.collect()  # nobody has it open any more
    file = store(root)
    changed(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage(file)
    assert read(root, monkeypatch, cached=True) == sound
    assert read(root, monkeypatch, cached=True) == sound


def changed(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as opened:
        opened.execute(statement)
    opened.close()


def test_what_is_kept_is_nobody_elses_to_read_and_can_be_switched_off(make, monkeypatch):
    root = make({f"incidents/{ID}.md": RECORD})
    read(root, monkeypatch, cached=True)
    assert stat.S_IMODE(store(root).stat().st_mode) == 0o600
    monkeypatch.setenv(kept.VARIABLE, "off")
    assert kept.Store.of(root, knowledge.read(root).taxonomies) is None
    assert not list(root.rglob("*.sqlite"))


def test_a_cache_nobody_can_write_to_does_no_harm(make, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "file"))
    assert knowledge.read(make({f"incidents/{ID}.md": RECORD})).records[0].id == ID


def test_what_an_edition_changed_is_never_taken_for_what_was_read(make):
    root = make({f"incidents/{ID}.md": WITHHELD})
    (whole,) = knowledge.read_whole(root).records
    (shown,) = knowledge.read(root, edition="green").records
    assert whole.kept_names and not shown.kept_names
    heard = Heard.of([whole])
    assert "secret" in heard.said.forms
    assert "secret" not in Heard.of([shown]).said.forms and "secret" in {*Heard.of([whole], heard).said.forms}
    assert not any("secret" in words for words in _shared(Heard.of([shown], heard)))


def _shared(heard: Heard) -> list[str]:
    said = heard.said
    return [said.forms[number] for number in said.written.tolist()]


def test_only_records_that_changed_are_listened_to_again(make):
    root = make(
        {f"incidents/{ID}.md": RECORD, "incidents/2025-03-02-other.md": OTHER, "incidents/2024-01-05-third.md": LINKED}
    )
    before = Heard.of(knowledge.read(root).own_first)
    (root / "incidents/2025-03-02-other.md").write_text(OTHER + "\nZebras crossed.\n")
    (root / "incidents/2024-01-05-third.md").unlink()
    (root / "incidents/2023-01-05-fourth.md").write_text(RECORD)
    records = knowledge.read(root).own_first
    listened: list[str] = []
    forget = kept.KeptRecord.forget
    kept.KeptRecord.forget = lambda self: listened.append(self.id) or forget(self)  # type: ignore[method-assign]
    try:
        after = Heard.of(records, Heard.unpacked(before.packed()))
    finally:
        kept.KeptRecord.forget = forget  # type: ignore[method-assign]
    assert sorted(listened) == ["2023-01-05-fourth", "2025-03-02-other"]
    fresh = Heard.of(records)
    for one in records:
        told = [
            [(near.record.id, round(near.score, 5)) for near in Similarity(records, heard.said).to(one)]
            for heard in (after, fresh)
        ]
        assert told[0] == told[1]


def test_a_kept_record_answers_like_one_that_was_just_read(make):
    root = make({f"incidents/{ID}.md": RECORD})
    knowledge.read(root)
    (record,) = knowledge.read(root).records
    assert isinstance(record, kept.KeptRecord) and isinstance(record, Record)
    assert record.has("timeline") and not record.has("amendments")
    assert "timeline" not in record.__dict__  # nothing was made yet
    copied = record.model_copy(update={"title": "Another"})
    assert copied.title == "Another" and copied.timeline == record.timeline and record.title != "Another"
    record.forget()
    assert record.timeline == copied.timeline
