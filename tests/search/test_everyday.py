"""What people type when they have a situation and not a word: how they put it, everyday words, the sort they want."""

from __future__ import annotations

import hashlib

import pytest
import yaml

from calmroom import knowledge, redaction
from calmroom.records.diagnostics import WORDS
from calmroom.search import asked as ways_of
from calmroom.search import everyday, index, query, words
from calmroom.search.documents import Document, Section, every_document, ways
from calmroom.search.finder import Finder
from tests.conftest import ID, RECORD, ROOT, Make

OWN = knowledge.read(ROOT)
ASKED = yaml.safe_load((ROOT / "benchmarks/situation_queries.yaml").read_text())
KINDS = {"do": ("playbook", "script"), "incident": ("incident",), "term": ("term",)}
SORTS = {"do": "do", "incident": "before", "term": "means"}
WITH_LIBRARY = {"mkdocs.yml": "site_name: Ours\nplugins: [calmroom]\n", f"incidents/{ID}.md": RECORD}
QUERIES = [(query_, sort) for sort, some in ASKED.items() for query_ in some]
OUTSIDER = yaml.safe_load((ROOT / "benchmarks/outsider_queries.yaml").read_text())
OUTSIDERS = [(query_, sort) for sort, some in OUTSIDER.items() for query_ in some]


@pytest.fixture(scope="module")
def own() -> Finder:
    return Finder(OWN)


def phrases() -> list[tuple[str, str]]:
    """Every way in which people put it that ships, with what it leads to."""
    found = [(p.id, phrase) for p in OWN.playbooks.values() for phrase in p.fields.asked]
    found += [(s.id, phrase) for s in OWN.scripts.values() for phrase in s.asked]
    found += [(r.id, phrase) for r in OWN.records for phrase in r.asked]
    found += [(id_, phrase) for id_, some in ways_of.shipped().pages.items() for phrase in some]
    found += [(slug, phrase) for slug, some in ways_of.shipped().terms.items() for phrase in some]
    return found + [(t.slug, phrase) for t in OWN.terms.values() for phrase in t.asked]


def said(text: str) -> str:
    return " ".join(words.parts(text))


def test_everything_that_ships_says_how_people_put_it():
    assert [p.id for p in OWN.playbooks.values() if not 5 <= len(p.fields.asked) <= 20] == []
    assert [s.id for s in OWN.scripts.values() if not 5 <= len(s.asked) <= 20] == []
    assert [t.slug for t in OWN.terms.values() if not 2 <= len(t.asked) <= 5] == []


def test_no_way_of_putting_it_stands_twice_or_comes_from_the_benchmark():
    every = [said(phrase) for _, phrase in phrases()]
    assert len(every) == len(set(every)) > 5_000
    assert {said(query_["q"]) for query_, _ in QUERIES + OUTSIDERS} & set(every) == set()


def test_pages_that_the_benchmark_wants_are_there():
    there = {(document.kind, document.id) for document in every_document(OWN)}
    for query_, _ in QUERIES + OUTSIDERS:
        wanted = [(kind, id_) for name, ids in query_.items() if name != "q" for id_ in ids for kind in KINDS[name]]
        assert wanted and set(wanted) & there, query_["q"]
        assert all(any((kind, id_) in there for kind in KINDS[name]) for name in KINDS for id_ in query_.get(name, ()))


def held_back(text: str) -> bool:
    """Half of the queries is never looked at while anything is tuned; which half, a hash decides."""
    return bool(hashlib.blake2b(text.encode(), digest_size=4).digest()[0] & 1)


def test_people_with_a_situation_find_their_page(own: Finder):
    for some in ([query_ for query_, _ in QUERIES if held_back(query_["q"])], [query_ for query_, _ in OUTSIDERS]):
        within, on_page, first_screen = [], [], []
        for query_ in some:
            wanted = {(kind, id_) for name, ids in query_.items() if name != "q" for id_ in ids for kind in KINDS[name]}
            found = own.search(query_["q"], 500).found
            right = [hit for hit in found if (hit.document.kind, hit.document.id) in wanted]
            on_page.append(max((1 / hit.rank for hit in right if hit.rank <= 10), default=0))
            within.append(max((1 / hit.rank_in_sort for hit in right if hit.rank_in_sort <= 10), default=0))
            first_screen.append(any(hit.rank_in_sort <= query.SHOWN_FIRST for hit in right))
        assert len(within) > 100
        assert sum(within) / len(within) >= 0.90
        assert sum(on_page) / len(on_page) >= 0.85
        assert sum(first_screen) / len(first_screen) >= 0.90


def documents(*texts: str) -> list[Document]:
    return [Document("incident", f"d{n}", "", "", (Section("story", "", "", text),)) for n, text in enumerate(texts)]


def found(texts: list[Document], text: str, *entries: everyday.Entry, literal: bool = False):
    asked, hits = query.search(index.build(texts), texts, text, None, everyday.meanings(entries), literal=literal)
    return [hit.document for hit in hits], asked.also


BOSS = everyday.Entry(say=("boss", "big cheese"), mean=("executive",), weight=0.6)


def test_an_everyday_word_finds_the_word_of_the_trade_in_any_form_and_says_so():
    texts = documents("the disk", "an executive waits")
    for asked in ("boss", "bosses", "the big cheese"):
        assert found(texts, asked, BOSS) == ([1], ("executive",))
    assert found(texts, "executive", BOSS) == ([1], ())


def test_it_works_from_left_to_right_only_unless_it_says_both():
    texts = documents("the disk", "the boss waits")
    assert found(texts, "executive", BOSS) == ([], ())
    assert found(texts, "executive", BOSS.model_copy(update={"both": True})) == ([1], ("boss",))


def test_the_word_itself_counts_more_than_what_it_may_mean():
    assert found(documents("an executive", "the boss"), "boss", BOSS)[0] == [1, 0]


def test_in_quotes_and_as_written_a_word_means_itself():
    texts = documents("an executive waits", "the boss waits", "a big cheese waits")
    assert found(texts, '"boss"', BOSS) == ([1], ())
    assert found(texts, '"big cheese"', BOSS) == ([2], ())
    assert found(texts, "boss", BOSS, literal=True) == ([1], ())


def test_a_word_with_an_everyday_meaning_is_no_slip():
    texts = documents("an executive waits", "a loss of data")
    asked = query.understand(index.build(texts), "boss", None, everyday.meanings([BOSS]))
    assert asked.corrections == {} and asked.also == ("executive",)


def test_a_knowledge_base_adds_its_own_words_and_takes_ours_out(make: Make):
    text = "- {say: [chonk], mean: [firewall]}\n- {say: [boss], mean: [executive], weight: 0}\n"
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD, "taxonomies/everyday.yaml": text}))
    assert base.diagnostics == ()
    finder = Finder(base)
    assert dict(finder.everyday["chonk"]) == {"firewall": 0.5}
    assert "executive" in dict(everyday.meanings(everyday.shipped())["boss"]) and "executive" not in dict(
        finder.everyday.get("boss", [])
    )
    assert finder.search("chonk", 3, ("incident",)).found[0].document.id == ID


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("say: boss", "CR104", (1, 1)),
        ("- boss", "CR203", (1, 3)),
        ("- {say: [boss]}", "CR202", (1, 3)),
        ("- {say: [boss], mean: [executive], weight: 2}", "CR212", (1, 44)),
        ("- {say: [boss], means: [executive]}", "CR201", (1, 17)),
        ("- {say: [], mean: [executive]}", "CR202", (1, 9)),
    ],
)
def test_wrong_everyday_words_are_reported_where_they_stand(make: Make, text, code, place):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD, "taxonomies/everyday.yaml": text + "\n"}))
    told = [(d.code, d.path, d.position.line, d.position.column) for d in base.diagnostics]
    assert (code, "taxonomies/everyday.yaml", *place) in told


def test_shipped_everyday_words_are_sound():
    entries, problems = everyday.parse((WORDS / "everyday.yaml").read_text(), "everyday.yaml")
    assert problems == [] and entries == everyday.shipped()


def test_more_ways_of_putting_it_ship_for_everything_and_each_is_sound():
    source, problems = ways_of.parse((WORDS / "asked.yaml").read_text(), "asked.yaml")
    assert problems == [] and source.asking == ways_of.shipped()
    assert list(ways_of.unknown(source, {*OWN.playbooks, *OWN.scripts}, OWN.terms)) == []
    assert (
        {*OWN.playbooks, *OWN.scripts} - source.asking.pages.keys()
        == set()
        == OWN.terms.keys() - source.asking.terms.keys()
    )
    assert min(map(len, source.asking.pages.values())) >= 25 and min(map(len, source.asking.terms.values())) >= 3


def test_a_knowledge_base_adds_its_own_ways_of_putting_it(make: Make):
    text = "pages:\n  silence: [the turnip stares back]\nterms:\n  blast-radius: [how far the turnip flies]\n"
    base = knowledge.read(make({**WITH_LIBRARY, "taxonomies/asked.yaml": text}))
    assert base.diagnostics == ()
    finder = Finder(base)
    for asked, id_ in (("turnip stares", "silence"), ("how far the turnip flies", "blast-radius")):
        hit = finder.search(asked).found[0]
        assert hit.document.id == id_ and "turnip" in hit.fits


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("- silence", "CR104", (1, 1)),
        ("pages:\n  silense: [the turnip]", "CR541", (2, 3)),
        ("terms:\n  blast-radios: [the turnip]", "CR541", (2, 3)),
        ("pages:\n  silence: []", "CR202", (2, 12)),
        ("pages:\n  silence: [the turnip]\n  roles: [The turnip!]", "CR540", (3, 11)),
        ("scripts:\n  silence: [the turnip]", "CR201", (1, 1)),
        ("pages:\n  silence: [12]", "CR203", (2, 13)),
    ],
)
def test_wrong_ways_of_putting_it_are_reported_where_they_stand(make: Make, text, code, place):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD, "taxonomies/asked.yaml": text + "\n"}))
    told = [(d.code, d.path, d.position.line, d.position.column) for d in base.diagnostics]
    assert (code, "taxonomies/asked.yaml", *place) in told


def test_ways_for_what_was_left_out_on_purpose_are_no_mistake(make: Make):
    base = knowledge.read(
        make({f"incidents/{ID}.md": RECORD, "taxonomies/asked.yaml": "pages: {silence: [the turnip]}"})
    )
    assert "silence" not in base.playbooks and base.diagnostics == ()


def test_a_name_that_is_withheld_is_withheld_in_ways_too(make: Make):
    files = {**WITH_LIBRARY, "taxonomies/asked.yaml": "pages: {silence: [Turnip Ltd stares back]}"}
    names = (
        redaction.Name(("Turnip Ltd",), "Organisation A", "organisations", "Turnip Ltd"),
        redaction.Name(("crickets",), "Name A", "words", "crickets"),
    )
    base = redaction.of(knowledge.read(make(files)), redaction.Redaction(names))
    every = " ".join(way for document in every_document(base) for way in ways(document))
    assert "Organisation A stares back" in every and "Turnip" not in every and "crickets" not in every


def test_words_that_are_quoted_and_stand_nowhere_count_one_by_one(own: Finder):
    texts = documents("the disk is full", "somebody shouts in the room")
    made = index.build(texts)
    asked, hits = query.search(made, texts, 'he said "the disk shouts" again')
    assert asked.loosely and asked.phrases == () and {hit.document for hit in hits} == {0, 1}
    asked, hits = query.search(made, texts, '"disk is full" shouts')
    assert not asked.loosely and [hit.document for hit in hits] == [0]
    asked, hits = query.search(made, texts, '"the disk shouts"', literal=True)
    assert not asked.loosely and hits == []
    result = own.search('they keep saying "any fool could have seen this coming"')
    assert result.loosely and result.found[0].document.id == "hindsight"


@pytest.mark.parametrize(
    ("typed", "meant"), [("blaim", "blame"), ("leegal", "legal"), ("custamer", "customer"), ("silance", "silence")]
)
def test_a_word_written_by_ear_is_taken_for_the_one_with_its_consonants(typed, meant):
    texts = documents(
        "claim regal", "they blame someone legal", "a customer in silence", "to blame", "balance", "lagal"
    )
    assert query.understand(index.build(texts), typed).corrections == {typed: meant}


def test_how_many_says_less_than_what():
    texts = documents("25 disks", "too many guests", "25 guests")
    asked, hits = query.search(index.build(texts), texts, "25 guests")
    assert [hit.document for hit in hits] == [2, 1, 0]
    assert {group.word: group.terms[0][1] for group in asked.groups} == {"25": query.COUNT, "guests": 1.0}


def test_what_two_pages_are_asked_for_is_a_warning_at_the_second(make: Make):
    term = "{name}:\n  term: {name}\n  plain: A thing.\n  asked: [what is that]\n  precise: [{{field: x, text: y, source: z}}]\n  misused: So.\n  executive: So.\n"
    files = {
        f"incidents/{ID}.md": RECORD,
        "playbooks/glossary/a.yaml": term.format(name="qqa") + term.format(name="qqb"),
    }
    base = knowledge.read(make(files))
    told = [(d.code, d.position.line, d.level.name) for d in base.diagnostics]
    assert told == [("CR540", 11, "WARNING")]


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("how do I tell my boss", "do"),
        ("she wants a name", "do"),
        ("what does containment mean", "means"),
        ("difference between a and b", "means"),
        ("has this happened before", "before"),
    ],
)
def test_the_form_of_a_question_leans_to_a_sort(text, sort):
    leans = query.leaning(text)
    assert leans[sort] == max(leans.values()) > 1


def test_ranks_are_those_of_the_page_and_of_the_sort(own: Finder):
    hits = own.search("how do I tell my boss that we do not know", 60).found
    assert [hit.rank for hit in hits] == list(range(1, 61))
    first = [hit.sort for hit in hits[:9]]
    assert first == [sort for sort in dict.fromkeys(first) for _ in range(3)] and first[0] == "do"
    for sort in first:
        assert [hit.rank_in_sort for hit in hits if hit.sort == sort][:3] == [1, 2, 3]


def test_what_is_misused_and_what_an_executive_hears_are_fields_of_a_term():
    document = next(document for document in every_document(OWN) if document.id == "mitigation")
    fields = {section.field for section in document.sections}
    assert {"plain", "misused", "executive", "asked", "told"} <= fields


def test_a_record_may_say_how_people_put_it(make: Make):
    text = RECORD.replace("severity: sev1", "severity: sev1\nasked: [the day the turnip died]", 1)
    base = knowledge.read(make({f"incidents/{ID}.md": text}))
    found = Finder(base).search("turnip").found[0]
    assert found.document.id == ID and found.fits == "the day the turnip died"
