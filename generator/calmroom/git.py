"""Git, asked in one place: what changed, and what a file held at a revision. Nothing is ever written or fetched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_UNSHALLOW = (
    "Fetch the whole history: actions/checkout with `fetch-depth: 0`, GitLab with `GIT_DEPTH: 0`, or "
    "`git fetch --unshallow`."
)


class GitError(Exception):
    """Something Git could not do, in words for whoever called the command."""


@dataclass(frozen=True)
class Change:
    """One file that differs between two sides: `A`dded, `M`odified, `D`eleted or `R`enamed; its paths on both."""

    status: str
    before: str
    after: str


_SAFE = (
    "-c",
    "core.quotepath=off",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "diff.external=",
    "-c",
    "protocol.allow=never",
)
"""Settings that keep Git from running programs of the repository it looks at, or from talking to another."""


def run(root: Path, *arguments: str, stdin: bytes | None = None, check: bool = True) -> bytes:
    """Run Git in a folder and return what it said; raise `GitError` with the reason where it could not."""
    environment = {
        **os.environ,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 - Git, with settings that run nothing of the repository
            ["git", *_SAFE, *arguments],  # noqa: S607 - the Git that is there
            cwd=root,
            input=stdin,
            capture_output=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("There is no `git` on this machine; install it, or leave the revision out.") from None
    if check and done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise GitError(f"Git said: {said.removeprefix('fatal: ')}")
    return done.stdout


def commit(root: Path, revision: str) -> str:
    """Return the full name of the commit that a revision means; a bad one gets a message that says what to do."""
    if revision.startswith("-"):
        raise GitError(f"`{revision}` is not a revision.")
    _require(root)
    found = (
        run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
        .decode()
        .strip()
    )
    if found:
        return found
    if is_shallow(root):
        raise GitError(f"There is no `{revision}` here, and this clone is shallow. {_UNSHALLOW}")
    names = (
        run(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", check=False)
        .decode()
        .split()
    )
    near = [name for name in names if name.endswith(f"/{revision}") or revision.endswith(f"/{name}")] or _nearest(
        revision, names
    )
    hint = f" Did you mean `{near[0]}`?" if near else " Fetch it first: `git fetch origin`."
    raise GitError(f"There is no branch, tag or commit `{revision}` here.{hint}")


def merge_base(root: Path, base: str, head: str) -> str:
    """Return the commit at which two sides parted."""
    one, other = commit(root, base), commit(root, head)
    found = run(root, "merge-base", one, other, check=False).decode().strip()
    if found:
        return found
    if is_shallow(root):
        raise GitError(
            f"This clone is shallow: it does not reach back to where `{base}` and `{head}` parted. {_UNSHALLOW}"
        )
    raise GitError(f"`{base}` and `{head}` have no commit in common.")


def is_shallow(root: Path) -> bool:
    """Say whether the clone holds only a part of the history."""
    return run(root, "rev-parse", "--is-shallow-repository", check=False).strip() == b"true"


def changed(root: Path, since: str) -> tuple[list[str], list[str]]:
    """Return the files that differ from where this branch and `since` parted, from `root`, and which of them are new.

    Those that are not committed yet are among them.
    """
    _require(root)
    if since == "HEAD" and not run(root, "rev-parse", "--verify", "--quiet", "HEAD", check=False).strip():
        every = [*_names(run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))]
        return every, every  # before the first commit everything is new
    begin = merge_base(root, since, "HEAD")
    said = run(root, "diff", "--name-status", "-z", "--relative", "--no-ext-diff", "--no-renames", begin, "--")
    parts = list(_names(said))
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    new = [*_names(run(root, "ls-files", "--others", "--exclude-standard", "-z"))]
    added = [path for status, path in pairs if status == "A"] + new
    return [path for status, path in pairs if status != "D"] + new, added


def holding(root: Path, words: str, folder: str) -> list[str]:
    """Return the files below a folder that hold some words, those not committed yet too."""
    said = run(root, "grep", "-l", "-z", "-F", "--untracked", "--no-textconv", "-e", words, "--", folder, check=False)
    return list(_names(said))


def changes(root: Path, base: str, head: str | None) -> list[Change]:
    """Return what differs between two commits, or between one and the files as they are, with paths from `root`."""
    ends = [base] if head is None else [base, head]
    said = run(root, "diff", "--name-status", "-z", "--relative", "--no-ext-diff", "-M60%", "-l2000", *ends, "--")
    parts = list(_names(said))
    found: list[Change] = []
    at = 0
    while at < len(parts):
        status = parts[at][0]
        if status in "RC":
            found.append(Change("R" if status == "R" else "A", parts[at + 1], parts[at + 2]))
            at += 3
        else:
            found.append(Change(status, parts[at + 1], parts[at + 1]))
            at += 2
    if head is None:
        new = _names(run(root, "ls-files", "--others", "--exclude-standard", "-z"))
        found += [Change("A", path, path) for path in new]
    return found


def texts(root: Path, revision: str, paths: Sequence[str], most: int) -> Mapping[str, bytes]:
    """Return what files held at a commit, all in one call; those that are not there or too large are left out."""
    prefix = run(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip("\n")
    wanted = [path for path in paths if "\n" not in path]
    asked = "".join(f"{revision}:{prefix}{path}\n" for path in wanted).encode("utf-8", "surrogateescape")
    sizes = run(root, "cat-file", "--batch-check", stdin=asked).decode("utf-8", "surrogateescape").split("\n")
    kept = []
    for path, line in zip(wanted, sizes, strict=False):
        parts = line.rsplit(" ", 2)
        if len(parts) == 3 and parts[1] == "blob" and int(parts[2]) <= most:
            kept.append(path)
    said = run(
        root,
        "cat-file",
        "--batch",
        stdin="".join(f"{revision}:{prefix}{path}\n" for path in kept).encode("utf-8", "surrogateescape"),
    )
    found: dict[str, bytes] = {}
    at = 0
    for path in kept:
        end = said.index(b"\n", at)
        size = int(said[at:end].rsplit(b" ", 1)[1])
        found[path] = said[end + 1 : end + 1 + size]
        at = end + 2 + size
    return found


def listed(root: Path, revision: str, folder: str) -> list[str]:
    """Return every file below a folder at a commit, from `root`."""
    return list(_names(run(root, "ls-tree", "-r", "-z", "--name-only", revision, "--", folder)))


def _require(root: Path) -> None:
    if not run(root, "rev-parse", "--git-dir", check=False).strip():
        raise GitError(f"{root} is not in a Git repository: there is nothing to compare with.")


def _names(said: bytes) -> Iterable[str]:
    return [os.fsdecode(name) for name in said.split(b"\0") if name]


def _nearest(word: str, words: Sequence[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, words, n=1)
