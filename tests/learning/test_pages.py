"""Memory of large tables."""

import pytest

from stream_app.learning.pages import LINE, PAGE, zeros


@pytest.mark.parametrize(("words", "begins_at"), [(10, LINE), (PAGE // 16 + 1, PAGE), (3 * PAGE // 8 + 5, PAGE)])
def test_memory_is_zero_writable_and_begins_where_a_line_or_a_page_does(words: int, begins_at: int) -> None:
    found = zeros(words)
    assert len(found) == words
    assert not found.any()
    assert found.ctypes.data % LINE == 0
    found[-1] = 7
    assert found.sum() == 7
    assert begins_at == LINE or found.ctypes.data % begins_at == 0
