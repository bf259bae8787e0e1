"""The search index in the site: a folder named after what is in it, and beside it the file that says which it is.

Documents are looked at in pieces, in as many processes as there are cores; what hits show is written where it is made,
and only the counts of words come together.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from calmroom import forked
from calmroom.insight import similarity
from calmroom.insight.similarity import Said
from calmroom.knowledge import KnowledgeBase
from calmroom.search import everyday, index, shards
from calmroom.search.documents import Document, Documents
from calmroom.search.finder import synonyms
from calmroom.search.index import PIECE, Piece
from calmroom.site import views

CURRENT = "current.js"
NEW = "new"


def write(base: KnowledgeBase, folder: Path, address: Callable[[Document], str], *, parallel: bool) -> tuple[str, Said]:
    """Write the index below `folder`; returns the name of its folder there, and what records say, own first.

    `address` gives the page of a document, relative to the first page. With `parallel` processes are forked. Records
    are gone through once, for the index and for what is like what.
    """
    place = folder / NEW
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    documents = Documents(base)
    starts = range(0, len(documents), PIECE)

    def look_at(number: int) -> tuple[Piece, bytes, Said]:
        at = slice(starts[number], starts[number] + PIECE)
        some = documents[at]
        digest = _written(place, shards.shown_files(at.start, some, address).items())
        records = base.own_first[at]
        said = similarity.listen(map(similarity.text_of, records))
        for record in records:
            record.forget()
        return index.count(at.start, some), digest, said

    joining, listening, digests = index.Joining(), similarity.Listening(), []
    for piece, written, said in forked.each(look_at, len(starts), chunk=1, parallel=parallel):
        joining.add(piece)
        listening.add(said)
        digests.append(written)
    joined = joining.index(documents.kinds, documents.others)
    words = synonyms(base.terms), everyday.meanings(base.everyday)
    digests.append(_written(place, shards.files(joined, documents.facets(), *words, views.facet_titles(base))))
    digest = hashlib.blake2b(b"".join(digests), digest_size=6).hexdigest()
    target = folder / digest
    shutil.rmtree(target, ignore_errors=True)
    place.rename(target)
    (folder / CURRENT).write_text(shards.pointer(digest), "utf-8")
    return digest, listening.said()


def _written(place: Path, files: object) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name, text in files:  # type: ignore[attr-defined]
        content = text.encode("utf-8", "surrogatepass")
        digest.update(name.encode() + b"\0" + content)
        (place / f"{name}.js").write_bytes(content)
    return digest.digest()
