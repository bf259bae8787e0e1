"""Every kind of file comes through one door: plain files that lie where they seem to lie, and no more of them than is read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from calmroom import knowledge
from tests.conftest import ID, RECORD, Make, calmroom

PLACES = {
    "record": f"incidents/{ID}.md",
    "record in a folder": f"incidents/{ID}/record.md",
    "attachment": f"incidents/{ID}/evidence.txt",
    "attachment further down": f"incidents/{ID}/a/b/evidence.log",
    "taxonomy": "taxonomies/factor-kinds.yaml",
    "playbook": "playbooks/a.md",
    "playbook further down": "playbooks/a/b.md",
    "script": "playbooks/scripts/a.yaml",
    "terms": "playbooks/glossary/a.yaml",
    "obligations": "playbooks/obligations/a.yaml",
    "page": "docs/a.md",
    "page further down": "docs/a/b/c.md",
    "image": "docs/a.png",
}
KINDS = [
    "secret of the tree",
    "secret elsewhere",
    "dead link",
    "loop",
    "folder",
    "pipe",
    "socket",
    "endless device",
    "too large",
]


def put(root: Path, place: Path, kind: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "secret of the tree":
        (root / ".git").mkdir(exist_ok=True)
        (root / ".git/config").write_text("token = SECRET\n")
        place.symlink_to(root / ".git/config")
    elif kind == "secret elsewhere":
        place.symlink_to("/etc/passwd")
    elif kind == "dead link":
        place.symlink_to("nowhere")
    elif kind == "loop":
        place.symlink_to(place.name)
    elif kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        cwd = Path.cwd()
        os.chdir(place.parent)
        try:
            socket.socket(socket.AF_UNIX).bind(place.name)
        finally:
            os.chdir(cwd)
    elif kind == "endless device":
        place.symlink_to("/dev/zero")
    elif kind == "too large":
        with place.open("wb") as file:
            file.truncate(3_000_000_000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_plain_file_of_this_place_is_told_and_not_read(place, kind, make: Make):
    if (kind in ("folder", "too large") and "attachment" in place) or (kind, place) == ("too large", "image"):
        return  # an empty folder is nothing, and an attachment may be large
    root = make({f"incidents/{ID}/record.md": RECORD} if "attachment" in place else {"incidents/README.md": ""})
    put(root, root / PLACES[place], kind)
    base = knowledge.read(root, edition="red")
    codes = {found.code for found in base.errors}
    assert codes <= {"CR110", "CR113", "CR114", "CR115"}
    if not (kind == "folder" and place in ("page", "page further down", "playbook", "playbook further down", "image")):
        assert codes, (place, kind)
    assert "SECRET" not in repr(base.diagnostics) and "root:" not in repr(base.diagnostics)
    assert not base.records or not base.records[0].files


@pytest.mark.parametrize(
    "folder",
    [
        "incidents",
        "playbooks",
        "playbooks/scripts",
        "playbooks/glossary",
        "playbooks/obligations",
        "taxonomies",
        "docs",
        f"incidents/{ID}",
    ],
)
@pytest.mark.parametrize("kind", ["outside", "dead", "loop", "pipe"])
def test_a_folder_that_lies_elsewhere_is_not_read(folder, kind, make: Make, tmp_path_factory):
    root = make({"incidents/README.md": "", "playbooks/README.md": ""})
    place, elsewhere = root / folder, tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.md").write_text("SECRET")
    (elsewhere / "record.md").write_text(RECORD.replace("title: C", "title: SECRET"))
    (elsewhere / "factor-kinds.yaml").write_text("SECRET: 1")
    if place.is_dir():
        for path in sorted(place.rglob("*"), reverse=True):
            path.unlink()
        place.rmdir()
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to({"outside": elsewhere, "dead": "nowhere", "loop": place.name}[kind])
    base = knowledge.read(root, edition="red")
    assert {found.code for found in base.errors} & {"CR113", "CR114", "CR115"}, base.diagnostics
    assert "SECRET" not in repr(base)


@pytest.mark.parametrize(
    "target", ["../../.git/config", "../../.env", "../../mkdocs.yml", "../_draft.md", "../other/a.txt", "record.md"]
)
def test_a_link_beside_a_record_publishes_nothing_but_what_lies_beside_it(target, make: Make, tmp_path_factory):
    root = make(
        {
            f"incidents/{ID}/record.md": RECORD,
            ".git/config": "S",
            ".env": "S",
            "incidents/_draft.md": "S",
            "incidents/2026-01-01-other/record.md": RECORD,
            "incidents/2026-01-01-other/a.txt": "S",
        }
    )
    (root / f"incidents/{ID}/evidence.txt").symlink_to(target)
    done = calmroom("-C", root, "build", "--site-dir", tmp_path_factory.mktemp("s") / "site")
    assert done.returncode == 1
    assert "CR114" in done.stderr or "CR405" in done.stderr


def test_a_link_to_a_file_beside_it_is_fine(make: Make):
    root = make({f"incidents/{ID}/record.md": RECORD, f"incidents/{ID}/a.txt": "x"})
    (root / f"incidents/{ID}/b.txt").symlink_to("a.txt")
    assert [file.name for file in knowledge.read(root, edition="red").records[0].files] == ["a.txt", "b.txt"]


def test_folders_without_end_are_told(make: Make):
    deep = "/".join(["a"] * 400)
    root = make(
        {
            f"docs/{deep}/a.md": "# A\n",
            f"playbooks/{deep}/a.md": "# A\n",
            f"incidents/{ID}/record.md": RECORD,
            f"incidents/{ID}/{deep}/a.txt": "x",
        }
    )
    assert {found.code for found in knowledge.read(root, edition="red").errors} == {"CR108"}


@pytest.mark.parametrize("name", ["\x1b[2J.txt", "a\nb.txt", "\udcff.txt", "\u202etxt.png"])
@pytest.mark.parametrize("folder", [f"incidents/{ID}", "docs"])
def test_the_name_of_a_published_file_is_text(folder, name, make: Make):
    root = make({f"incidents/{ID}/record.md": RECORD})
    (root / folder / name).write_text("x")
    if "\n" in name:
        done = calmroom("-C", root, "build")
        assert "Traceback" not in done.stderr
        return
    for command in (["check", "--format", "json"], ["check"], ["build"]):
        done = calmroom("-C", root, *command)
        assert done.returncode == 1 and "CR112" in done.stdout + done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("place", [*PLACES.values(), "incidents", "playbooks", "taxonomies", "docs"])
def test_what_may_not_be_read_is_told(place, make: Make):
    root = make({f"incidents/{ID}/record.md": RECORD, "playbooks/README.md": "", "taxonomies/x": ""})
    path = root / place
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    path.chmod(0)
    try:
        assert "CR113" in {found.code for found in knowledge.read(root, edition="red").errors}
    finally:
        path.chmod(0o700)
