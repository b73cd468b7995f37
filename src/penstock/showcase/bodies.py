"""Reply bodies, written by hand: what stands between greeting and sign-off."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from penstock.showcase.sources import blocks, seeded

__all__ = ["INTENTS", "REASONS", "Body", "load_bodies", "split"]

INTENTS = (
    "later",
    "not_interested",
    "objection",
    "positive",
    "question",
    "referral",
    "unsubscribe",
)

REASONS = (
    "already_have_solution",
    "bad_experience",
    "bad_timing_contract",
    "missing_feature",
    "no_authority",
    "no_budget",
    "no_time",
    "security",
    "too_complex",
)


@dataclass(frozen=True, slots=True)
class Body:
    """One hand-written reply.

    Parameters
    ----------
    id : intent and a digest of the text, so that it survives edits elsewhere in the file.
    intent : one of ``INTENTS``.
    reason : one of ``REASONS`` for an objection, else None.
    text : the reply, without greeting and sign-off as a rule.
    language : ``en``, ``de``, ``fr`` or ``es``.
    """

    id: str
    intent: str
    reason: str | None
    text: str
    language: str = "en"


def load_bodies() -> list[Body]:
    """Return all bodies, ordered by intent and then as they stand in the files."""
    return list(_all_bodies())


@cache
def _all_bodies() -> tuple[Body, ...]:
    return tuple(
        _body(intent, head, text)
        for intent in INTENTS
        for head, text in blocks(f"bodies/{intent}.txt")
    )


def _body(intent: str, head: str, text: str) -> Body:
    """Make a body of a block; its head is ``[reason] [@language]``."""
    words = head.split()
    reasons = [word for word in words if not word.startswith("@")]
    languages = [word[1:] for word in words if word.startswith("@")]
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return Body(
        id=f"{intent}-{digest}",
        intent=intent,
        reason=reasons[0] if reasons else None,
        text=text,
        language=languages[0] if languages else "en",
    )


def split(
    bodies: Sequence[Body], test_share: float = 0.2, seed: int = 0
) -> tuple[list[Body], list[Body]]:
    """Split bodies into train and test, stratified by intent.

    The split is by body and comes before any wrapping, so no body is on both sides.

    Parameters
    ----------
    bodies : the bodies to split; both results keep their order.
    test_share : share of each intent that goes to test, between 0 and 1.
    seed : the same seed gives the same split.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share: {test_share} is not between 0 and 1")
    chosen = _chosen_for_test(bodies, test_share, seed)
    train = [body for body in bodies if body.id not in chosen]
    test = [body for body in bodies if body.id in chosen]
    return train, test


def _chosen_for_test(bodies: Sequence[Body], test_share: float, seed: int) -> set[str]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for body in bodies:
        by_intent[body.intent].append(body.id)
    chosen: set[str] = set()
    for intent, ids in by_intent.items():
        shuffled = sorted(ids)
        seeded(seed, "split", intent).shuffle(shuffled)
        chosen.update(shuffled[: round(len(shuffled) * test_share)])
    return chosen
