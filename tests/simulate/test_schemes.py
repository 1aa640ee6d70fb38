"""What each scheme does to a declaration, and that it is neither invisible nor obvious."""

import math
from collections import Counter, defaultdict
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import pytest

from stream_app.simulate.commodities import build_tariff
from stream_app.simulate.countries import CODES, FREE
from stream_app.simulate.schemes.commit import probabilities

from .conftest import CONFIG, Written

Items = list[tuple[dict[str, Any], dict[str, Any], str]]


@pytest.fixture(scope="module")
def items(world: Written) -> Items:
    """(declaration, item, scheme or "") of all first versions, in event order."""
    return [
        (document, item, world.truth.get((document["declaration_id"], item["item_number"]), ""))
        for document in world.first_versions().values()
        for item in document["items"]
    ]


def of(items: Items, scheme: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(document, item) for document, item, found in items if found == scheme]


def auc(scores: list[float], positive: list[bool]) -> float:
    """Mann-Whitney; ties count half."""
    high, low = (np.array([s for s, p in zip(scores, positive, strict=True) if p is side]) for side in (True, False))
    ordered = np.sort(low)
    return float((np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")).mean() / 2 / len(low))


def deviations(items: Items, ratio: Any) -> list[tuple[float, str]]:
    """Distance of ln(ratio) from the median of its HS6, in median absolute deviations, where the ratio is known."""
    known = [(item["hs_code"][:6], math.log(ratio(document, item)), scheme) for document, item, scheme in items if ratio(document, item) > 0]
    groups = defaultdict(list)
    for hs6, x, _ in known:
        groups[hs6].append(x)
    centre = {hs6: float(np.median(values)) for hs6, values in groups.items()}
    width = {hs6: 0.1 + float(np.median(np.abs(np.array(values) - centre[hs6]))) for hs6, values in groups.items()}
    return [((x - centre[hs6]) / width[hs6], scheme) for hs6, x, scheme in known]


def eur_per_kg(document: dict[str, Any], item: dict[str, Any]) -> float:
    rate = document.get("exchange_rate", 0)
    return item["customs_value"] * rate / item["net_mass_kg"] if item["net_mass_kg"] else 0


def tare(document: dict[str, Any], item: dict[str, Any]) -> float:
    return item.get("gross_mass_kg", 0) / item["net_mass_kg"] - 1 if item["net_mass_kg"] else 0


def test_undervalued_goods_are_cheaper_than_their_peers_but_hide_among_them(items: Items) -> None:
    scored = [(-z, scheme == "undervaluation") for z, scheme in deviations(items, eur_per_kg) if scheme in ("", "undervaluation")]
    assert 0.75 < auc([z for z, _ in scored], [fraud for _, fraud in scored]) < 0.97


def test_masses_of_the_mass_scheme_do_not_fit_but_hide_among_honest_ones(items: Items) -> None:
    scored = [(z, scheme == "mass") for z, scheme in deviations(items, tare) if scheme in ("", "mass")]
    assert 0.75 < auc([z for z, _ in scored], [fraud for _, fraud in scored]) < 0.99


def test_misclassified_goods_stray_from_the_price_of_their_code(items: Items) -> None:
    scored = [(abs(z), scheme == "misclassification") for z, scheme in deviations(items, eur_per_kg) if scheme in ("", "misclassification")]
    assert 0.6 < auc([z for z, _ in scored], [fraud for _, fraud in scored]) < 0.95


def test_an_impossible_origin_claims_an_agreement_and_pays_nothing(items: Items) -> None:
    tariff = build_tariff()
    found = of(items, "impossible_origin")
    assert all(item["preference"] == "300" and item["duty_amount"] == 0 and FREE[CODES.index(item["origin_country"])] for _, item in found)
    absurd = [not tariff.produces[tariff.codes.index(item["hs_code"]), CODES.index(item["origin_country"])] for _, item in found]
    assert 0.5 < sum(absurd) / len(absurd) < 1


def test_a_ghost_trader_sends_little_and_vanishes(items: Items) -> None:
    ghosts = defaultdict(set)
    for document, _ in of(items, "ghost_trader"):
        ghosts[document["importer_id"]].add(document["declaration_id"])
    assert len(ghosts) >= 3
    assert max(len(declarations) for declarations in ghosts.values()) < 9
    honest = {document["importer_id"] for document, _, scheme in items if scheme != "ghost_trader" and "importer_id" in document}
    assert honest.isdisjoint(ghosts)


def test_splitting_sends_pieces_under_the_threshold_to_one_consignee_within_hours(items: Items) -> None:
    pieces = sorted((document["consignee_id"], document["lodged_at"][:10], document["lodged_at"]) for document, _ in of(items, "splitting"))
    runs = [[datetime.fromisoformat(piece[2]) for piece in run] for _, run in groupby(pieces, key=lambda piece: piece[:2])]
    assert len(runs) >= 2
    for run in runs:
        assert len(run) >= 4
        assert (run[-1] - run[0]).total_seconds() <= 5 * 3600
    for document, item in of(items, "splitting"):
        assert item["customs_value"] < CONFIG.de_minimis_eur
        assert (len(document["items"]), document["currency"], document["declaration_type"]) == (1, "EUR", "H7")


def test_honest_parcels_also_gather_at_one_consignee(items: Items) -> None:
    parcels = [document for document, _, scheme in items if not scheme and document["declaration_type"] == "H7" and "consignee_id" in document]
    honest = Counter((document["consignee_id"], document["lodged_at"][:10]) for document in parcels)
    assert max(honest.values()) >= 4


def test_fraud_is_repeated_by_the_same_traders(items: Items) -> None:
    by_trader: Counter[str] = Counter(document["importer_id"] for document, _ in of(items, "undervaluation"))
    lodged = Counter(document["importer_id"] for document, _, _ in items if "importer_id" in document)
    # If every item were equally likely to be undervalued, a trader's other items would be so at the overall rate, below 1 %.
    repeated = sum(n * (n - 1) for n in by_trader.values()) / sum(n * (lodged[trader] - 1) for trader, n in by_trader.items())
    assert repeated > 0.03


def test_traders_are_heavy_tailed_and_new_ones_keep_arriving(items: Items) -> None:
    commercial = [document for document, _, _ in items if document["declaration_type"] == "H1"]
    counts = sorted(Counter(document["importer_id"] for document in commercial).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.4 * sum(counts)
    early = {document["importer_id"] for document in commercial if document["lodged_at"] < "2026-01-12"}
    late = {document["importer_id"] for document in commercial if document["lodged_at"] >= "2026-01-12"}
    assert 0 < len(late - early) < len(late & early)


def test_the_chances_of_a_scheme_sum_to_what_is_expected() -> None:
    inclination, eligible = np.array([0.5, 0.2, 0.0, 0.0, 0.0, 0.4]), np.array([True, True, True, True, True, False])
    chance = probabilities(inclination, eligible, 0.4)
    # Three quarters of 0.4 on the two that repeat, 5 : 2; the rest on the three others; nothing on the ineligible.
    assert chance == pytest.approx([0.3 * 5 / 7, 0.3 * 2 / 7, 0.1 / 3, 0.1 / 3, 0.1 / 3, 0.0])


def test_the_tariff_holds_a_few_hundred_real_looking_codes() -> None:
    tariff = build_tariff()
    assert 200 < len(tariff.codes) == len(set(tariff.codes))
    assert tariff.codes == sorted(tariff.codes)
    assert {len(code) for code in tariff.codes} == {6, 8, 10}
    assert tariff.origin_cdf[:, -1] == pytest.approx(1.0)
