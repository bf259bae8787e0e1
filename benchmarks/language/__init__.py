"""`make bench-language`: precision and recall of the check of blame and hindsight, on labelled sentences.

    python -m benchmarks.language [--errors] [--held-back-errors]

A sentence counts as found when any rule of language speaks of it. The halves are split by a hash of the sentence; look
at the errors of the tuning half only, or the other half is spent.
"""
