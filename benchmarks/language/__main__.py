"""The figures of the check of language; see `benchmarks.language`."""

from __future__ import annotations

import argparse

from benchmarks.language import measure


def main() -> None:
    """Print the figures of both halves; with `--errors` what was wrong in the half for tuning."""
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("--errors", action="store_true", help="print what was wrong in the half for tuning")
    parser.add_argument(
        "--held-back-errors", action="store_true", help="print it for the other half, which is then spent"
    )
    given = parser.parse_args()
    every = measure.labelled()
    print("half        sentences  blaming   found  false alarms  missed  precision  recall  right code")
    for name, half in (("tuning", False), ("held back", True), ("all", None)):
        score = measure.score([item for item in every if half is None or item.held_back is half])
        print(score.line(name))
        if (given.errors and half is False) or (given.held_back_errors and half is True):
            for label, items in (("false alarm", score.false_alarms), ("missed", score.missed)):
                for item in items:
                    print(f"    {label}: {item.code} {item.text}")


if __name__ == "__main__":
    main()
