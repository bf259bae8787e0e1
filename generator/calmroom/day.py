"""The day of a build or report: given, else of the environment, else today; within what files can be stamped with."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time

FIRST, LAST = date(1970, 1, 1), date(2100, 12, 31)
"""Stamps of compressed files count seconds from 1970 in 32 bits."""
VARIABLE = "SOURCE_DATE_EPOCH"


def of_environment() -> date | None:
    """Return the day that `SOURCE_DATE_EPOCH` says, None where it is not set or empty.

    Raises `ValueError` for anything but whole seconds of a day between `FIRST` and `LAST`.
    """
    written = os.environ.get(VARIABLE, "").strip()
    if not written:
        os.environ.pop(VARIABLE, None)  # to others an empty one is a number that cannot be read
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= 11):
        raise ValueError(f"{VARIABLE} is `{written[:40]}`: write whole seconds since 1970, or leave it unset.")
    seconds = int(written)
    if seconds > datetime.combine(LAST, time(23, 59, 59), UTC).timestamp():
        raise ValueError(f"{VARIABLE} is {seconds}: that is after {LAST}.")
    return datetime.fromtimestamp(seconds, UTC).date()


def keep(day: date) -> None:
    """Make a day the one that everything built in this process is stamped with."""
    os.environ[VARIABLE] = str(int(datetime.combine(day, time(), UTC).timestamp()))


def today() -> date:
    """Return the day of the environment, else today in UTC."""
    return of_environment() or datetime.now(UTC).date()
