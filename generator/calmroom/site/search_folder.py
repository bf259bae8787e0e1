"""The search index in the site: a folder named after what is in it, and beside it the file that says which it is.

Records are gone through once, for all that is heard and counted of them: for the index, for what is like what, for
where terms occur. That is done in pieces, in as many processes as there are cores; what hits show is written where it
is made, and only counts come together. Of records that were gone through before, what was counted then is taken over,
and files of the index that would be the same are those of the old site.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from calmroom import forked, naming
from calmroom.insight import analysis as analyses
from calmroom.insight import occurrences, similarity
from calmroom.insight.analysis import Analysis
from calmroom.insight.similarity import Heard, Said
from calmroom.search import everyday, finder, index, shards
from calmroom.search.documents import Document, Documents
from calmroom.search.index import Counts
from calmroom.search.shards import SHOWN_TOGETHER
from calmroom.site import standing, views
from calmroom.site.standing import Standing, Written

CURRENT = "current.js"
NEW = "new"
CHUNK = 4


@dataclass(frozen=True)
class Group:
    """Some documents that share files: the numbers of those to be counted and of the records to be listened to."""

    at: range
    count: tuple[int, ...]
    listen: tuple[int, ...]
    terms: tuple[int, ...]
    is_written: bool


def write(
    analysis: Analysis,
    site: Path,
    place: str,
    address: Callable[[Document], str],
    old: Standing,
    shared: str,
    *,
    parallel: bool,
) -> str:
    """Write the index below the folder `place` of a site; returns the name of its own folder there.

    `address` gives the page of a document, relative to the first page. `old` is the site that stands, `shared` names
    what all files are made from. With `parallel` processes are forked. What was heard of records is left in `analysis`.
    """
    base = analysis.base
    folder = site / place
    shutil.rmtree(folder / NEW, ignore_errors=True)
    (folder / NEW).mkdir(parents=True)
    documents = Documents(base)
    counts_before, heard_before = finder.counted_before(base), analyses.heard_before(base)
    taking = _Files(old, f"{place}/{NEW}", shared)
    new = _what_is_new(analysis, documents, counts_before, heard_before)
    groups = []
    for start in range(0, len(documents), SHOWN_TOGETHER):
        at = range(start, min(start + SHOWN_TOGETHER, len(documents)))
        named = documents.names[at.start : at.stop]
        names = shards.shown_names(at)
        name = taking.name(named) if all(named) else ""
        taken = all(taking.take(one, name) for one in names)
        of = [tuple(number for number in at if number in some) for some in new]
        if not taken or any(of):
            groups.append((Group(at, of[0], of[1], of[2], not taken), name))

    def look_at(number: int) -> tuple[Counts, Said, list[tuple[str, ...]], list[Written]]:
        group, name = groups[number]
        some = {one: documents[one] for one in (group.at if group.is_written else group.count)}
        made = shards.shown_files(group.at.start, list(some.values()), address) if group.is_written else {}
        written = [taking.write(file, name, text) for file, text in made.items()]
        counted = index.count([some[one] for one in group.count], [documents.names[one] for one in group.count])
        said = similarity.listen(similarity.text_of(base.own_first[one]) for one in group.listen)
        slugs = [occurrences.in_record(base.matcher, base.own_first[one]) for one in group.terms]
        for one in group.at:
            if one < documents.incidents:
                base.own_first[one].forget()
        return counted, said, slugs, written

    listening = similarity.Listening()

    def passed() -> Iterator[Counts]:
        found = forked.each(look_at, len(groups), chunk=CHUNK, parallel=parallel)
        for (group, _), (counted, said, slugs, written) in zip(groups, found, strict=True):
            listening.add(said)
            analysis.occurred.add((base.own_first[one] for one in group.terms), slugs)
            taking.note(written)
            yield counted

    counts = index.together(documents.names, counts_before, passed())
    finder.keep_counted(base, counts_before, counts)
    del counts_before
    heard = Heard.joined(base.own_first, heard_before, listening.said())
    analyses.keep_heard(base, heard_before, heard)
    analysis.said = heard.said
    del heard, heard_before
    made = index.weighed(counts, documents.kinds, documents.others)
    for file, held, make in shards.term_files(made):
        name = taking.name([held])
        if not taking.take(file, name):
            taking.note([taking.write(file, name, make())])
    for file, text in shards.files(made, finder.synonyms(base.terms), everyday.meanings(base.everyday)):
        taking.note([taking.write(file, "", text)])
    facts = [record.kept_names[0] if record.kept_names else "" for record in base.own_first]
    name = taking.name(facts) if all(facts) else ""
    if not taking.take("facets", name):
        text = shards.facets_file(documents.facets(), views.facet_titles(base))
        taking.note([taking.write("facets", name, text)])
    return _named(folder, place, taking)


def _what_is_new(
    analysis: Analysis, documents: Documents, counts: Counts | None, heard: Heard | None
) -> tuple[set[int], set[int], set[int]]:
    """Return the numbers of the documents to be counted, the records to be listened to, and looked at for terms."""
    records = analysis.base.own_first
    unknown = {number for number, record in enumerate(records) if record not in analysis.occurred}
    return set(index.not_counted(documents.names, counts)), set(Heard.unheard(records, heard)), unknown


class _Files:
    """The files of one index: each taken over from the old site, or written."""

    def __init__(self, old: Standing, place: str, shared: str) -> None:
        self._old = old
        self._place = place
        self._shared = shared
        self.every: dict[str, Written] = {}

    def name(self, made_from: Iterable[str]) -> str:
        """Return the name of a file that is made from what has these names."""
        return naming.of(self._shared, list(made_from))

    def take(self, file: str, name: str) -> bool:
        """Take a file of the index over from the old site, where it is made from the same."""
        taken = self._old.take(f"search/{file}", name, f"{self._place}/{file}.js")
        if taken:
            self.every[file] = taken
        return taken is not None

    def write(self, file: str, name: str, text: str) -> Written:
        """Write a file of the index."""
        content = text.encode("utf-8", "surrogatepass")
        return standing.write(self._old.place(f"{self._place}/{file}.js"), f"search/{file}", name, content)

    def note(self, written: Iterable[Written]) -> None:
        """Note files that were written."""
        self.every |= {one.path.removeprefix("search/"): one for one in written}

    def note_at(self, place: str) -> None:
        """Note where all files stand in the end."""
        for file, one in self.every.items():
            self._old.note(one, f"{place}/{file}.js")


def _named(folder: Path, place: str, taking: _Files) -> str:
    """Give the index's folder the name of what is in it, and say beside it which it is."""
    digest = hashlib.blake2b(digest_size=6)
    for file, one in sorted(taking.every.items()):
        digest.update(f"{file} {one.digest}\n".encode())
    name = digest.hexdigest()
    target = folder / name
    shutil.rmtree(target, ignore_errors=True)
    (folder / NEW).rename(target)
    (folder / CURRENT).write_text(shards.pointer(name), "utf-8")
    taking.note_at(f"{place}/{name}")
    return name
