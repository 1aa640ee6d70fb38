"""Terms of owners, keys of records, and seals on manifests."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.state.errors import RefusedError, TornError
from stream_app.state.manifest import MANIFEST, SCHEMA, Key, Manifest, Seal, Term

MADE = Manifest(SCHEMA, 3, 4, 0, 7, "w", "m", {"live": "d"}, {"t": 12}, {"t": 1.5}, 2.0, [], [], 0)


def test_a_later_generation_is_a_later_term() -> None:
    assert Term.after(None, 5) == Term(0, 5)
    assert Term(0, 5) < Term.after(Term(0, 5), 6) == Term(0, 6)


def test_where_the_generation_does_not_grow_the_era_does() -> None:
    """A worker that comes back to its generation, and a group that was made anew."""
    assert Term(0, 6) < Term.after(Term(0, 6), 6) == Term(1, 6)
    assert Term(1, 6) < Term.after(Term(1, 6), 2) == Term(2, 2)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_an_owner_is_always_later_than_whom_it_found(era: int, generation: int, own: int) -> None:
    assert Term.after(Term(era, generation), own) > Term(era, generation)


def test_a_key_says_whose_record_it_is() -> None:
    key = Key(3, Term(1, 22), MANIFEST)
    assert key.encoded() == b"3/1.22/manifest"
    assert Key.decoded(key.encoded()) == key


@pytest.mark.parametrize("key", [None, b"", b"3/claim", b"\xff/1.2/manifest", b"a/1.2/x", b"1/2/3", b"1/1.2.3/x", b"1/1.2/x/y"])
def test_other_keys_are_none_of_ours(key: bytes | None) -> None:
    assert Key.decoded(key) is None


def test_a_manifest_comes_back_as_it_was() -> None:
    assert Seal().opened(Seal().sealed(MADE)) == MADE


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_manifest_with_any_bit_flipped_is_torn(place: int, bit: int) -> None:
    data = bytearray(Seal().sealed(MADE))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(TornError):
        Seal().opened(bytes(data))


@given(st.binary(max_size=100))
def test_any_bytes_are_torn_even_when_their_digest_is_right(body: bytes) -> None:
    seal = Seal()
    with pytest.raises(TornError):
        seal.opened(seal.digest(body) + body)


def test_with_a_key_only_who_knows_it_can_write() -> None:
    assert Seal(b"secret").opened(Seal(b"secret").sealed(MADE)) == MADE
    for writer, reader in ((Seal(), Seal(b"secret")), (Seal(b"other"), Seal(b"secret")), (Seal(b"secret"), Seal())):
        with pytest.raises(TornError):
            reader.opened(writer.sealed(MADE))


def test_a_later_schema_is_refused_by_name_whatever_else_it_holds() -> None:
    seal, body = Seal(), msgspec.msgpack.encode({"schema": SCHEMA + 1, "something": "new"})
    with pytest.raises(RefusedError, match="run the newer release") as refused:
        seal.opened(seal.digest(body) + body)
    assert refused.value.code == "newer_schema"
