"""Dead letters: the original bytes, key and headers, and why, under the header names that Kafka Streams uses (KIP-1034)."""

from collections.abc import Sequence

from stream_app.contracts.errors import Code

Headers = list[tuple[str, bytes | None]]
MAX_MESSAGE = 1_000


def dead_letter_headers(
    original: Sequence[tuple[str, bytes | None]], topic: str, partition: int, offset: int, error: Exception, code: Code
) -> Headers:
    """The original headers and the error's. The message is ours and never holds a value of the record."""
    # An exception that nobody foresaw may quote the record: only its type leaves the service.
    message = str(error)[:MAX_MESSAGE] if code is not Code.INTERNAL else "the service failed on this record; its log has the traceback"
    added = {
        "__streams.errors.exception": f"{type(error).__module__}.{type(error).__qualname__}",
        "__streams.errors.message": message,
        "__streams.errors.topic": topic,
        "__streams.errors.partition": str(partition),
        "__streams.errors.offset": str(offset),
        "tidewaiter.error.code": code.value,
    }
    return [*original, *((name, value.encode()) for name, value in added.items())]
