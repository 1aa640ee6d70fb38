import gzip
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from stream_app.eventfile import EventFile, open_lines, time_field

LINES = [b'{"at":"2026-03-02T00:00:03Z","n":3}\n', b'{"at":"2026-03-02T00:00:01Z","n":1}\n', b"\n", b'{"at":"2026-03-02T00:00:02Z","n":2}\n']
AT = time_field("at")


def numbers(file: EventFile) -> list[int]:
    return [line.number for line in file]


def written(folder: Path, lines: list[bytes], name: str = "events.ndjson") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(b"".join(lines)) if name.endswith(".gz") else b"".join(lines))
    return path


def test_lines_come_in_event_time_order_with_their_number_in_the_file(tmp_path: Path) -> None:
    file = EventFile(written(tmp_path, LINES), AT)
    assert len(file) == 3  # blank lines are none
    assert [(line.number, line.body) for line in file] == [(2, LINES[1]), (4, LINES[3]), (1, LINES[0])]
    assert [line.at for line in file] == [1_772_409_601.0, 1_772_409_602.0, 1_772_409_603.0]  # date -u -d 2026-03-02 +%s is 1772409600


def test_ties_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    same = [b'{"at":"2026-03-02T00:00:01Z","n":%d}\n' % number for number in range(50)]
    assert numbers(EventFile(written(tmp_path, same), AT)) == list(range(1, 51))


def test_times_of_other_zones_are_compared_as_instants(tmp_path: Path) -> None:
    lines = [b'{"at":"2026-03-02T00:30:00+00:00"}\n', b'{"at":"2026-03-02T09:00:00+09:00"}\n', b'{"at":"2026-03-01T20:00:00-05:00"}\n']
    # 00:30, 00:00 and 01:00 in UTC.
    assert numbers(EventFile(written(tmp_path, lines), AT)) == [2, 1, 3]


def test_a_line_without_a_time_comes_where_the_line_before_it_comes(tmp_path: Path) -> None:
    lines = [LINES[0], b"not json\n", LINES[1], b'{"at":7}\n', b"[]\n"]
    assert numbers(EventFile(written(tmp_path, lines), AT)) == [3, 4, 5, 1, 2]


def test_a_file_without_a_time_in_its_first_line_begins_with_it(tmp_path: Path) -> None:
    assert numbers(EventFile(written(tmp_path, [b"x\n", *LINES]), AT)) == [1, 3, 5, 2]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert numbers(EventFile(written(tmp_path, [LINES[0], LINES[1].rstrip(b"\n")]), AT)) == [2, 1]


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    file = EventFile(written(tmp_path, []), AT)
    assert (len(file), list(file)) == (0, [])


def test_it_can_be_read_more_than_once(tmp_path: Path) -> None:
    file = EventFile(written(tmp_path, LINES), AT)
    assert numbers(file) == numbers(file) == [2, 4, 1]
    file.close()


def test_compressed_files_and_standard_input_give_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = list(EventFile(written(tmp_path, LINES), AT))
    assert list(EventFile(written(tmp_path, LINES, "events.ndjson.gz"), AT)) == plain

    class Standard:
        buffer = io.BytesIO(b"".join(LINES))

    monkeypatch.setattr("sys.stdin", Standard)
    assert list(EventFile(Path("-"), AT)) == plain


def test_open_lines_reads_compressed_files_as_plain_ones(tmp_path: Path) -> None:
    for name in ("a.ndjson", "a.ndjson.gz"):
        with open_lines(written(tmp_path, LINES, name)) as lines:
            assert list(lines) == LINES


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b"{}", b'{"at":null}', b'{"at":"soon"}', b'{"at":"0000-01-01T00:00:00Z"}'])
def test_a_time_that_cannot_be_read_is_none(body: bytes) -> None:
    found: Any = AT(body)
    assert found is None


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = EventFile(written(tmp_path, [b"\xef\xbb\xbf" + LINES[0], LINES[1]]), AT)
    assert [line.body for line in file] == [LINES[1], LINES[0]]


def test_lower_case_t_and_z_are_times_too(tmp_path: Path) -> None:
    file = EventFile(written(tmp_path, [b'{"at":"2026-03-02t00:00:03z"}\n', b'{"at":"2026-03-02t00:00:01z"}\n']), AT)
    assert numbers(file) == [2, 1]


def test_a_pipe_is_read_once_and_still_ordered(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"".join(LINES)))
    writer.start()
    assert numbers(EventFile(pipe, AT)) == [2, 4, 1]
    writer.join()
