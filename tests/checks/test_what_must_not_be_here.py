"""Secrets, addresses, cards, words from a list, pictures, and words above the record's own sharing level."""

from __future__ import annotations

import struct
import zlib

import pytest

from calmroom.checks import attachments, contacts, forbidden, secrets, sharing_level
from calmroom.checks.subject import Context
from calmroom.records.model import Attachment
from tests.checks.conftest import record, subject_of

AWS = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "text",
    [
        f"key {AWS} in the log", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", "-----BEGIN RSA " + "PRIVATE KEY-----", "https://root:" + "hunter2x@db.example/x",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "password: " + "xK9#mQ2$vL7pR", "api_key=" + "9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c", "glpat-" + "A1b2C3d4E5f6G7h8I9j0",
    ],
)  # fmt: skip
def test_secrets_are_found_and_not_repeated(text):
    (found, *_) = secrets.in_text(f"a line\n{text}\n", "x.md")
    assert found.code == "CR660" and found.position.line == 2
    assert not any(len(word) > 12 and word in found.message for word in text.split())


@pytest.mark.parametrize(
    "text",
    [
        "token: rotate-every-week", "the secret is out", "password: ${DB_PASSWORD}", "password: <redacted>", "The access key was rotated.", "tokens = limits", "pwd is /var/lib/postgresql/data",
        "commit 9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c9f8a7b6c", "https://user@host.example/", "evidence: CHG-20931", "the token: customer-portal-session-cookie", "key: true",
    ],
)  # fmt: skip
def test_words_and_placeholders_are_no_secrets(text):
    assert list(secrets.in_text(text, "x.md")) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ask jane.doe@corp.io.", "CR661"), ("Call +44 20 7946 0958 now.", "CR661"), ("Call (212) 555-0187.", "CR661"), ("From 51.15.42.7 came a scan.", "CR662"),
        ("From 2a01:4f8:c0c:1::5 came a scan.", "CR662"), ("Card 4111 1111 1111 1111 was in the log.", "CR663"), ("pan=5500005555555559", "CR663"),
    ],
)  # fmt: skip
def test_addresses_and_numbers_are_found(text, code):
    assert [found.code for found in contacts.in_text(text, "x.md")] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "security@corp.io", "a@example.com", "192.0.2.17 and 10.0.0.1 and 127.0.0.1", "2001:db8::1", "version 4.2.1.9", "at: 2026-03-02T09:02:00+00:00", "1,073,741,824 requests",
        "order 4111 1111 1111 1112", "4.18.0-305.el8", "12:30:45", "at 09:02 and 10:10", "2026-03-02 to 2026-03-16", "CHG-20931-44-99812", "1.2.3.4.5", "https://example.com/4111111111111111",
    ],
)  # fmt: skip
def test_examples_versions_and_times_are_left_alone(text):
    assert list(contacts.in_text(text, "x.md")) == []


def test_words_from_a_list_are_found_whatever_their_case_and_the_list_is_not_told():
    words = forbidden.read("# customers\nAcme Corp\nProject Bluebird # secret\n")
    found = list(forbidden.in_text("For ACME\ncorp and others.", "x.md", words))
    assert [(item.code, item.position) for item in found] == [("CR664", (1, 5))]
    assert "bluebird" not in (found[0].message + found[0].hint).lower()
    assert [item.code for item in forbidden.in_name("graph-acme_corp.png", "i/graph-acme_corp.png", words)] == ["CR664"]


def png(**chunks: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    body = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body += b"".join(chunk(name.encode(), data) for name, data in chunks.items())
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


GPS = b"MM\x00*" + struct.pack(">IH", 8, 1) + struct.pack(">HHII", 0x8825, 4, 1, 26) + b"\0\0\0\0"


def test_pictures_that_say_where_or_whose_are_found():
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(GPS) + 8) + b"Exif\0\0" + GPS + b"\xff\xd9"
    assert [f.code for f in attachments.in_picture(jpeg, "a.jpg", ())] == ["CR665"]
    assert [f.code for f in attachments.in_picture(png(eXIf=GPS), "a.png", ())] == ["CR665"]
    assert [f.code for f in attachments.in_picture(png(tEXt=b"Author\0Jane Doe"), "a.png", ())] == ["CR665"]
    webp = b"RIFF" + struct.pack("<I", 20 + len(GPS)) + b"WEBP" + b"EXIF" + struct.pack("<I", len(GPS)) + GPS
    assert [f.code for f in attachments.in_picture(webp, "a.webp", ())] == ["CR665"]
    assert list(attachments.in_picture(png(), "a.png", ())) == []


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_a_picture_that_is_cut_off_or_lies_about_its_lengths_is_no_error(cut):
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", 60_000) + b"Exif\0\0" + GPS
    for picture in (jpeg, png(eXIf=GPS), b"GIF89a\x21\xfe", b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xff"):
        list(attachments.in_picture(picture[:cut], "a", ()))


def test_what_lies_beside_a_record_is_read():
    files = {
        "incidents/x/app.log": b"user jane.doe@corp.io\n" * 3,
        "incidents/x/acme.png": png(tEXt=b"Comment\0for Acme"),
    }
    subject = subject_of(record(), read=files.get, forbidden=("acme",))
    there = tuple(Attachment(path.rsplit("/", 1)[1], path) for path in files)
    object.__setattr__(subject, "attachments", there)
    assert sorted(found.code for found in attachments.check(subject)) == ["CR661", "CR664", "CR664"]
    assert isinstance(subject.context, Context)


def test_words_above_the_level_are_found_and_a_marked_passage_is_not(codes):
    text = "## Summary\n\nTLP:RED the mailbox is known. Do not forward.\n"
    assert [code for code, _ in codes(sharing_level.check, record(text))] == ["CR666", "CR666"]
    marked = "## Summary\n\n<!-- tlp: red -->The mailbox is known.<!-- /tlp -->\n"
    assert codes(sharing_level.check, record(marked)) == []
    assert codes(sharing_level.check, record(text.replace("RED", "GREEN").replace(" Do not forward.", ""))) == []
