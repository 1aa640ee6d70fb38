"""A reason in words, from its code and values alone, in the language of a catalogue."""

from stream_app.contracts.assessment import Reason, Step
from stream_app.explain.texts import Catalogue

FIELDS = ("actual", "typical", "lower", "upper", "unit", "feature", "n_peer", "impact")
"""What a reason's sentence may say, beside peer_group and the reason's own details."""


def sentence(catalogue: Catalogue, reason: Reason, peer_group: str) -> str:
    """The reason as the catalogue has it. Raises KeyError or ValueError where its code, or a field of it, is not known."""
    values = {name: getattr(reason, name) for name in FIELDS}
    return catalogue.text("reasons", reason.code, **(reason.details | values), details=reason.details, peer_group=peer_group)


def said(catalogue: Catalogue, reason: Reason) -> str:
    """The reason in the catalogue's language; as the alert has it where its code is not known (a later release sent it)."""
    try:
        return sentence(catalogue, reason, peer_group(catalogue, reason))
    except (KeyError, ValueError):
        return reason.text


def group(catalogue: Catalogue, step: Step) -> str:
    """A group of a path; as the alert has it where its level is not known."""
    return catalogue.group(step.level, step.key) if catalogue.has("groups", step.level) else step.group


def peer_group(catalogue: Catalogue, reason: Reason) -> str:
    """The group that the reason compares with."""
    speaking = next((step for step in reason.path if step.group == reason.peer_group), None)
    return reason.peer_group if speaking is None else group(catalogue, speaking)


def unit(catalogue: Catalogue, reason: Reason) -> str:
    known = catalogue.has("units", reason.feature) or catalogue.has("units", reason.code)
    return catalogue.unit(reason.code, reason.feature) if known else reason.unit


def shown(catalogue: Catalogue, reason: Reason, value: float) -> str:
    """A value of the reason's path: an amount in its unit, or a rate."""
    return catalogue.text("steps", reason.code if catalogue.has("steps", reason.code) else "any", value=value)
