"""English verbs as far as rewriting needs them: "should have checked" becomes "did not check".

Regular spelling follows the usual rules (a silent e, a doubled consonant, y to i); what they get wrong is listed.
"""

from __future__ import annotations

import re

IRREGULAR = {
    "been": "be", "had": "have", "done": "do", "gone": "go", "seen": "see", "known": "know", "taken": "take", "given": "give", "made": "make",
    "run": "run", "read": "read", "set": "set", "put": "put", "cut": "cut", "let": "let", "shut": "shut", "reset": "reset", "split": "split",
    "caught": "catch", "thought": "think", "brought": "bring", "sought": "seek", "bought": "buy", "taught": "teach", "told": "tell", "sold": "sell",
    "held": "hold", "kept": "keep", "left": "leave", "lost": "lose", "met": "meet", "sent": "send", "spent": "spend", "built": "build", "found": "find",
    "understood": "understand", "stood": "stand", "written": "write", "rewritten": "rewrite", "overwritten": "overwrite", "driven": "drive",
    "chosen": "choose", "broken": "break", "spoken": "speak", "begun": "begin", "foreseen": "foresee", "overseen": "oversee", "withdrawn": "withdraw",
    "drawn": "draw", "shown": "show", "thrown": "throw", "grown": "grow", "flown": "fly", "led": "lead", "felt": "feel", "heard": "hear", "said": "say",
    "paid": "pay", "hidden": "hide", "forgotten": "forget", "gotten": "get", "got": "get", "become": "become", "come": "come", "rebuilt": "rebuild",
    "undone": "undo", "redone": "redo", "overridden": "override", "dug": "dig", "learnt": "learn", "spun": "spin", "stuck": "stick", "forbidden": "forbid",
    "shot": "shoot", "bound": "bind", "meant": "mean", "risen": "rise", "fallen": "fall", "worn": "wear", "woken": "wake", "frozen": "freeze",
}  # fmt: skip
_EXCEPTIONS = {
    "controlled": "control", "cancelled": "cancel", "labelled": "label", "modelled": "model", "signalled": "signal", "travelled": "travel",
    "created": "create", "recreated": "recreate", "cached": "cache", "typed": "type", "queued": "queue", "argued": "argue", "rescued": "rescue",
    "used": "use", "focused": "focus", "biased": "bias", "developed": "develop", "monitored": "monitor", "mirrored": "mirror", "authored": "author",
    "reported": "report", "edited": "edit", "audited": "audit", "limited": "limit", "visited": "visit", "invited": "invite", "cited": "cite",
    "targeted": "target", "budgeted": "budget", "treated": "treat", "repeated": "repeat", "formatted": "format", "reviewed": "review",
    "agreed": "agree", "freed": "free", "guaranteed": "guarantee", "hosed": "hose", "exited": "exit", "benefited": "benefit", "pivoted": "pivot",
    "questioned": "question", "abandoned": "abandon", "reasoned": "reason", "opened": "open", "listened": "listen", "happened": "happen",
    "tightened": "tighten", "widened": "widen", "shortened": "shorten", "altered": "alter", "entered": "enter", "answered": "answer", "offered": "offer",
    "triggered": "trigger", "considered": "consider", "discovered": "discover", "recovered": "recover", "remembered": "remember", "filtered": "filter",
    "referred": "refer", "transferred": "transfer", "deferred": "defer", "preferred": "prefer", "occurred": "occur", "added": "add", "skilled": "skill",
    "lied": "lie", "tied": "tie", "died": "die", "pasted": "paste", "tested": "test", "wasted": "waste", "asked": "ask", "backed": "back",
    "double-checked": "double-check", "fixed": "fix", "mixed": "mix", "paged": "page", "staged": "stage", "managed": "manage", "engaged": "engage",
    "acknowledged": "acknowledge", "merged": "merge", "changed": "change", "charged": "charge", "challenged": "challenge", "judged": "judge",
}  # fmt: skip
_KEEP_DOUBLE = ("ll", "ss", "zz", "ff", "dd")
_SILENT_E = re.compile(
    r"(?:[cvzu]|[^aeious]s|[aeiou]s|[^aeiou]at|[^eo]iat|[^aeiou]et|[^aeiou]ut|[^aeio]ot|[^aeiou]id|[^aeio]ad|[^aeio]od|[^aeiou]ud|"
    r"[^aeo]ir|[^aeio]ur|[^aeio]ar|t?or|[bdtgpkf]l|[^aeiou]ul|[^aeiou]il|[^eo]al|[^aeo]in|[^aeio]un|[^aeio]um|[^aeio]am|[^aeio]im|[^aeo]ap|[^aeo]ip|"
    r"[^aeo]op|[^aeo]ok|[^aeo]ak|[aeiou]g|[^aeiou]ib|[^aeo]ob|[^aeo]il|[^aeiou]el|ng|dg)\Z"
)
PARTICIPLE = rf"(?:(?!need|feed|seed|speed|embed|exceed|proceed|succeed|indeed|hundred|sacred|naked|used to)[a-z-]{{2,18}}ed|{'|'.join(IRREGULAR)})"
"""A pattern of a past participle; `been` and `had` are among them."""


def base(participle: str) -> str:
    """Return the base form of a past participle, `checked` → `check`; what is no participle stays as it is."""
    word = participle.lower()
    for known in (IRREGULAR, _EXCEPTIONS):
        if word in known:
            return known[word]
    if "-" in word:
        first, _, last = word.rpartition("-")
        return f"{first}-{base(last)}"
    if not word.endswith("ed") or len(word) < 4:
        return word
    stem = word[:-2]
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if stem[-1] == stem[-2] and not stem.endswith(_KEEP_DOUBLE):
        return stem[:-1]
    return f"{stem}e" if _SILENT_E.search(stem) else stem


def plain(form: str) -> str:
    """Return the base form of a verb in any form that ends in -s or -ed: `tests`, `tested` → `test`."""
    word = form.lower()
    if word.endswith("ed") or word in IRREGULAR:
        return base(word)
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
