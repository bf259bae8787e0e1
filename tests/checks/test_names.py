from __future__ import annotations

import pytest

from calmroom.checks import names
from tests.checks.conftest import record


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Then @alice-w restarted the node.", "@alice-w"),
        ("Sarah Miller deployed the change.", "Sarah Miller"),
        ("The page was answered by Priya.", "Priya"),
        ("We asked Dr. Brown about it.", "Dr. Brown"),
    ],
)
def test_names_and_handles_of_people_are_found(codes, text, words):
    assert ("CR613", words) in codes(names.check, record(f"## Summary\n\n{text}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "Jenkins failed and Travis CI too.", "Write to security@example.com.", "The `@Override` annotation and @media rule.", "In Virginia and Austin the service was up.",
        "Morgan Stanley and Chase were told.", "The scope @angular/core was renamed.", "Tell @here and @channel.", "Grace period over, Mark as read.",
    ],
)  # fmt: skip
def test_products_places_and_addresses_are_no_people(codes, text):
    assert codes(names.check, record(f"## Summary\n\n{text}\n")) == []


def test_an_owner_that_is_a_person_is_found(codes):
    text = record().replace("owner: Network Security Lead", "owner: Priya Sharma")
    assert [code for code, _ in codes(names.check, text)] == ["CR613"]
