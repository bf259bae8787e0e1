"""Addresses and numbers of people and machines: e-mail and telephone (CR661), IP addresses (CR662), cards (CR663)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level, Position

_MAIL = re.compile(r"(?<![\w.+/:-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,20}(?![\w-])")
_EXAMPLE = re.compile(
    r"@(?:[\w-]{1,63}\.){0,6}(?:example\.(?:com|org|net|edu)|[\w-]{1,63}\.(?:example|test|invalid|localhost))\Z|@example\Z",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"\A(?:security|abuse|support|postmaster|noc|info|press|help|hello|contact|privacy|dpo|cert|csirt|incidents?|status|noreply|no-reply|git)@",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.:/+-])(?:\+\d{1,3}[ -]?(?:\(\d{1,4}\)[ -]?)?\d{2,4}(?:[ -]?\d{2,4}){1,4}|\(\d{3}\) \d{3}-\d{4}|(?<!\d[ -])\d{3}-\d{3}-\d{4})(?![\w.:-]?\d)"
)
_IP4 = re.compile(r"(?<![\w.:/-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-]*\.?\d|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{1,4}){0,6}(?![\w:])")
_CARD = re.compile(r"(?<![\w.,:+/-])(?:\d[ -]?){12,18}\d(?![\w.,:-]?\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)?")
_RUN = re.compile(r"[+(]?(?:\d|[0-9a-fA-F]{1,4}:)[\d .:()a-fA-F-]{6,80}")
"""Where a number or an address can stand at all; looked for once, so that the patterns above see little."""
_DOCUMENTATION = tuple(
    ipaddress.ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "233.252.0.0/24", "3fff::/20")
)
"""Addresses for documentation (RFC 5737, RFC 3849, RFC 6676, RFC 9637)."""
_VERSION = re.compile(r"\b(?:version|release|v|build|upgrade[sd]? to|firmware|chrome|agent)[ .]?\Z", re.IGNORECASE)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each address or number in the file."""
    yield from in_text(subject.source, subject.path)


def in_text(text: str, path: str) -> Iterator[Diagnostic]:
    """Yield a finding for each address or number in a text."""
    if "@" in text:
        for found in _MAIL.finditer(text):
            if not _EXAMPLE.search(found.group()) and not _ROLES.match(found.group()):
                hint = "Write the role or the team, or an address of a role at example.com."
                yield _finding(text, path, found, "CR661", f"the mail address {found.group()} stands here", hint)
    shown = _MOMENT.sub(_blank, text)
    done = 0
    for run in _RUN.finditer(shown):
        begin, end = max(done, run.start() - 1), min(len(shown), run.end() + 2)
        done = run.end()
        yield from _numbers(shown, path, begin, end)


def _blank(found: re.Match[str]) -> str:
    return "T" * len(found.group())


def _numbers(text: str, path: str, begin: int, end: int) -> Iterator[Diagnostic]:
    for found in _PHONE.finditer(text, begin, end):
        if 9 <= sum(sign.isdigit() for sign in found.group()) <= 15 and (
            found.group()[0] in "+(" or found.group().count("-") == 2
        ):
            hint = "Take it out; say whom to call by role, and keep numbers where they are kept up to date."
            yield _finding(text, path, found, "CR661", f"a telephone number, {found.group()}, stands here", hint)
    for pattern in (_IP4, _IP6):
        for found in pattern.finditer(text, begin, end):
            if _is_public(found.group()) and not _VERSION.search(text, max(0, found.start() - 20), found.start()):
                hint = (
                    "Write what it was, as “the edge node”, or an address of 192.0.2.0/24, which is kept for examples."
                )
                yield _finding(text, path, found, "CR662", f"the address {found.group()} stands here", hint)
    for found in _CARD.finditer(text, begin, end):
        if _luhn(found.group()):
            hint = "Take it out, and tell whoever answers for card data: it must not be kept here."
            yield _finding(
                text, path, found, "CR663", "a number that can be a payment card's stands here", hint, Level.ERROR
            )


def _is_public(written: str) -> bool:
    """Say whether this is an address that belongs to somebody: not for documentation, not of this machine, no mask."""
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    if any(address in block for block in _DOCUMENTATION if block.version == address.version):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not written.startswith(("1.1.1.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "1.0.0.1"))
    )


def _luhn(written: str) -> bool:
    """Say whether digits pass the check of ISO/IEC 7812-1, annex B, and begin as a card's do."""
    digits = [int(sign) for sign in written if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (3, 4, 5, 6) or len(set(digits)) < 2:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _finding(
    text: str, path: str, found: re.Match[str], code: str, message: str, hint: str, level: Level = Level.WARNING
) -> Diagnostic:
    before = text.rfind("\n", 0, found.start()) + 1
    line = text.count("\n", 0, found.start()) + 1
    begin = Position(line, found.start() - before + 1)
    return Diagnostic(code, path, begin, message, hint, level, "", Position(line, found.end() - before + 1))
