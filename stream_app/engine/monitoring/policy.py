"""What the policy decided on a goods item, over all versions of its declaration: a control is of what selected the item first."""

from typing import NamedTuple

from stream_app.learning.scored import ANSWERED, LEADS, NEVER_SEEN, NEW_TRADER, SAMPLED, SELECTED, ScoredItem

OUTSIDE = 0.0
"""The propensity of what a later version selected: the sample, and what is estimated from it, are of first versions."""
KEPT = NEVER_SEEN | NEW_TRADER | ANSWERED
KEPT_OF_SELECTED = KEPT | SELECTED | SAMPLED | LEADS


class Policy(NamedTuple):
    """What selected an item, or did not: fields of a row of ITEM (learning/scored.py)."""

    propensity: float
    lane: int
    reason: int
    detector: int
    flags: int


def was_selected(item: ScoredItem) -> bool:
    """By the version that is kept, or one before it."""
    return bool(item.flags & SELECTED)


def amended(policy: Policy, earlier: ScoredItem | None) -> Policy:
    """What is kept of an amendment's `policy` on an item. What was selected is under control: no later version selects it anew, or takes it out.

    What an amendment is the first to select is told by its reason and lane, and is in no sample.
    """
    if earlier is not None and was_selected(earlier):
        return Policy(earlier.propensity, earlier.lane, earlier.reason, earlier.detector, earlier.flags & KEPT_OF_SELECTED)
    kept = 0 if earlier is None else earlier.flags & KEPT
    return policy._replace(propensity=OUTSIDE, flags=policy.flags & ~SAMPLED | kept)
