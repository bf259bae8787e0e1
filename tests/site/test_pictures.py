"""Pictures are published without what they say beside their picture, and the picture stays as it was."""

from __future__ import annotations

import functools
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.site.pictures import without_metadata

PIL = pytest.importorskip("PIL", reason="Pillow is among the pins of the tests")
from PIL import Image, PngImagePlugin  # noqa: E402

SECRET = "zqsecretq"


@functools.cache
def drawn(form: str, *, turned: int = 0) -> bytes:
    """Return a picture with a secret in everything its format can say beside the picture."""
    picture = Image.effect_noise((40, 20), 60).convert("RGB" if form != "GIF" else "P")
    exif = Image.Exif()
    exif[0x010E] = SECRET
    if turned:
        exif[0x0112] = turned
    out = io.BytesIO()
    if form == "PNG":
        says = PngImagePlugin.PngInfo()
        says.add_text("Comment", SECRET)
        says.add_text("Long", SECRET, zip=True)
        says.add_itxt("Wide", SECRET)
        picture.save(out, form, pnginfo=says, exif=exif)
    elif form == "GIF":
        picture.save(out, form, comment=SECRET.encode(), save_all=True, append_images=[picture], loop=0)
    elif form == "JPEG":
        picture.save(out, form, exif=exif, comment=SECRET.encode(), xmp=f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode())
    else:
        picture.save(out, form, exif=exif, xmp=SECRET.encode())
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_a_picture_says_is_gone_and_every_point_of_it_is_as_it_was(form: str):
    before = drawn(form)
    after = without_metadata(before + SECRET.encode())
    assert SECRET.encode() in before and SECRET.encode() not in after
    first, second = Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after))
    assert first.size == second.size and list(first.convert("RGB").getdata()) == list(second.convert("RGB").getdata())
    assert not [name for name, value in second.info.items() if SECRET in str(value)]
    assert dict(second.getexif()) == {}
    assert without_metadata(after) == after


@pytest.mark.parametrize("turned", range(2, 9))
def test_how_a_photograph_is_turned_stays(turned: int):
    after = Image.open(io.BytesIO(without_metadata(drawn("JPEG", turned=turned))))
    assert dict(after.getexif()) == {0x0112: turned}


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1", b"GIF89a", b"RIFF\0\0\0\0WEBP", b""]),
    st.binary(max_size=400),
)
def test_torn_pictures_never_stop_a_build(beginning: bytes, rest: bytes):
    without_metadata(beginning + rest)


@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.data())
def test_a_picture_cut_off_anywhere_never_stops_a_build(form: str, data: st.DataObject):
    whole = drawn(form)
    assert len(without_metadata(whole[: data.draw(st.integers(0, len(whole)))])) <= len(whole)


def test_what_is_no_picture_stays_as_it_is():
    assert without_metadata(b"x") == b"x"
