"""Which goods items are controlled: mandatory criteria, then a random control sample, then the highest scores up to the capacity."""

from stream_app.engine.selection.lists import ControlLists, EntryIndex, ListFullError
from stream_app.engine.selection.reasons import because
from stream_app.engine.selection.selector import TYPOLOGIES, Candidate, Decision, Selector

__all__ = ["TYPOLOGIES", "Candidate", "ControlLists", "Decision", "EntryIndex", "ListFullError", "Selector", "because"]
