"""Steps and chains that several cause maps share."""

from __future__ import annotations

import itertools

from calmroom import knowledge
from calmroom.insight import patterns, population
from tests.conftest import ROOT
from tests.insight.build import factor, record


def chain(id_: str, *kinds: str):
    factors = [factor(f"f{n}", kind, f"f{n + 1}" if n + 1 < len(kinds) else "impact") for n, kind in enumerate(kinds)]
    return record(id_, factors=factors)


def test_a_step_counts_once_for_each_record_that_has_it():
    found = patterns.find(
        [
            chain("2026-03-01-a", "process", "change"),
            chain("2026-03-02-b", "process", "change", "change"),
            chain("2026-03-03-c", "design"),
        ]
    )
    assert [(s.kinds, s.count) for s in found.steps] == [(("change", "impact"), 2), (("process", "change"), 2)]
    assert [(c.kinds, c.count) for c in found.chains] == []
    assert found.n == 3


def test_a_chain_of_three_names_its_records():
    found = patterns.find([chain("2026-03-01-a", "process", "change"), chain("2026-03-02-b", "process", "change")])
    (only,) = found.chains
    assert only.kinds == ("process", "change", "impact")
    assert [r.id for r in only.records] == ["2026-03-01-a", "2026-03-02-b"]


def test_a_drawing_has_at_most_fifteen_kinds_and_no_step_to_itself():
    kinds = [f"change{n}" for n in range(40)]
    chains = tuple(patterns.Chain((a, b), ()) for a, b in itertools.pairwise(kinds))
    drawn = patterns._worth_drawing((patterns.Chain(("x", "x"), ()), *chains))
    assert len({kind for step in drawn for kind in step.kinds}) == patterns.MOST_NODES
    assert ("x", "x") not in [step.kinds for step in drawn]


def test_without_factors_nothing_recurs():
    found = patterns.find([record("2026-03-01-a")])
    assert (found.n, found.steps, found.chains, found.nodes) == (0, (), (), ())


def test_the_steps_of_this_repository_can_be_counted_again():
    real = population.of(knowledge.read(ROOT).records).records
    for step in patterns.find(real).steps[:10]:
        first, second = step.kinds
        having = []
        for r in real:
            kinds = {f.id: f.kind for f in r.factors}
            if any(f.kind == first and kinds.get(target, target) == second for f in r.factors for target in f.leads_to):
                having.append(r.id)
        assert having == [r.id for r in step.records], step.kinds
