"""The groups that figures, drifts and shifts are told by, as codes that fit a byte."""

from stream_app.learning.plain import PART
from stream_app.learning.vocabulary import LARGEST, HashedVocabulary, Vocabulary

COLUMNS = ("chapter", "origin", "procedure", "departure", "transport_mode", "office")
"""The groups of goods items, in the order of a batch's columns."""


class Groups:
    """Each with a bounded number of values; later ones are "other", and counted."""

    KEEPS = dict.fromkeys((*COLUMNS, "submitter", "lane", "reason", "detector"), PART)

    def __init__(self, max_offices: int, max_submitters: int) -> None:
        self.office = HashedVocabulary(max_offices)
        self.chapter, self.origin, self.procedure, self.departure, self.transport_mode = (HashedVocabulary(LARGEST) for _ in range(5))
        self.submitter = Vocabulary(max_submitters)
        self.lane, self.reason, self.detector = (Vocabulary(LARGEST) for _ in range(3))

    def name(self, by: str, code: int) -> str:
        """Of the group `code` in the dimension `by`."""
        vocabulary: HashedVocabulary | Vocabulary = getattr(self, by)
        return vocabulary.name(code)

    @property
    def others(self) -> int:
        """How often a value came when its vocabulary was full."""
        return sum(vocabulary.others for vocabulary in vars(self).values())

    def __len__(self) -> int:
        return sum(map(len, vars(self).values()))
