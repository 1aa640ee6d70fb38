"""What is taken from the topics, and when the worker stops rather than refuse any more."""

from stream_app.section import Count, Days, Section, Share


class LimitsSection(Section):
    max_record_bytes: Count = 1_048_576
    max_age_days: Days = 3_650
    max_future_days: Days = 2


class Breaker(Section):
    in_a_row: Count = 1_000
    share: Share = 0.01
    window: Count = 10_000
