"""The preview answers its own names only, and never leaves anybody waiting."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from calmroom.site.preview import Preview


def preview(host: str = "127.0.0.1", build=lambda: None) -> Preview:
    server = SimpleNamespace(
        server_address=(host, 8000),
        mount_path="/",
        builder=build,
        get_app=lambda: lambda environ, start: [b"page"],
        set_app=lambda app: None,
    )
    return Preview(server)


def asked(made: Preview, host: str, path: str = "/") -> tuple[str, bytes]:
    told: list[str] = []
    body = b"".join(made.answer({"HTTP_HOST": host, "PATH_INFO": path}, lambda status, headers: told.append(status)))
    return (told or ["200 OK"])[0], body


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]:8000", "localhost."]
)
def test_its_own_names_are_answered(host):
    assert asked(preview(), host) == ("200 OK", b"page")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.nip.io",
        "localhost.evil.example",
        "evil.example@localhost.x",
        "10.0.0.5",
        "[::2]",
        "[",
        "localhost:8000.evil.example",
        "0.0.0.0",
        "localhost\\.evil",
        "127.1",
    ],
)
def test_no_other_name_is_answered(host):
    assert asked(preview(), host)[0].startswith("421")


@pytest.mark.parametrize(("host", "fine"), [("10.0.0.5:8000", True), ("[fe80::1]", True), ("evil.example", False)])
def test_a_preview_for_the_whole_net_answers_numbers_and_its_own_name(host, fine):
    assert (asked(preview("0.0.0.0"), host)[0] == "200 OK") is fine


def test_an_error_is_shown_until_it_is_mended():
    state = {"wrong": True}

    def build() -> None:
        if state["wrong"]:
            raise SystemExit("<b>mkdocs.yml</b> is \x1b[2J wrong")

    made = preview(build=build)
    made.build()
    status, body = asked(made, "localhost")
    assert status.startswith("500") and b"&lt;b&gt;mkdocs.yml" in body and b"\x1b" not in body
    state["wrong"] = False
    made.build()
    assert asked(made, "localhost") == ("200 OK", b"page")


def test_a_path_that_no_file_can_have_is_no_page():
    assert asked(preview(), "localhost", "/\0")[0].startswith("400")
