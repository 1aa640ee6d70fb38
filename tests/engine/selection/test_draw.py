"""The draw: fair, and the same in every process."""

from hashlib import blake2b

from stream_app.engine.selection.draw import Draw


def test_a_draw_is_a_keyed_hash_of_the_item_and_nothing_else() -> None:
    key = blake2b(b"seed", digest_size=16).digest()
    digest = blake2b(b"26NL1\x1f2\x1f7", digest_size=8, key=key).hexdigest()
    assert Draw("seed").of("26NL1", 2, 7) == int(digest, 16) / 2**64


def test_draws_are_uniform_and_differ_by_declaration_version_and_item() -> None:
    draw = Draw("seed")
    for items in (
        [(f"D{n}", 1, 1) for n in range(20_000)],
        [("D", n, 1) for n in range(20_000)],
        [("D", 1, n) for n in range(20_000)],
    ):
        tenths = [int(draw.of(*item) * 10) for item in items]
        # 2,000 a tenth; five standard deviations of a binomial are 212.
        assert all(abs(tenths.count(tenth) - 2_000) < 212 for tenth in range(10))


def test_another_seed_draws_others() -> None:
    one, other = ({n for n in range(20_000) if Draw(seed).of(f"D{n}", 1, 1) < 0.05} for seed in ("one", "other"))
    # Independent samples of 1,000 share 50; five standard deviations are 34.
    assert len(one & other) < 84
