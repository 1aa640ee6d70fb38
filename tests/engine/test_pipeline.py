"""pipeline.toml: its defaults, and every fault at once."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from stream_app.detectors.registry import detector_classes
from stream_app.engine.pipeline import Pipeline, parse_pipeline

FILE = Path(__file__).parents[2] / "deploy" / "pipeline.toml"


def faults(text: str) -> dict[str, str]:
    """Message by place."""
    with pytest.raises(ValidationError) as caught:
        parse_pipeline(text)
    return {".".join(map(str, fault["loc"])): fault["msg"] for fault in caught.value.errors()}


def test_the_released_file_says_what_the_code_has_as_its_defaults() -> None:
    released, coded = parse_pipeline(FILE.read_text()), Pipeline()
    assert released.model_dump(exclude={"detectors"}) == coded.model_dump(exclude={"detectors"})
    assert released.weights() == coded.weights()
    assert released.version() == coded.version()
    assert {name: detector._get_params() for name, detector in released.build_detectors().items()} == {
        name: detector._get_params() for name, detector in coded.build_detectors().items()
    }


def test_the_released_file_names_every_setting_and_every_detector() -> None:
    written = tomllib.loads(FILE.read_text())
    assert {section: set(keys) for section, keys in written.items() if section != "detectors"} == {
        section: set(keys) for section, keys in Pipeline().model_dump(exclude={"detectors"}).items()
    }
    assert set(written["detectors"]) == set(detector_classes())


def test_an_empty_file_is_the_default() -> None:
    assert parse_pipeline("").version() == Pipeline().version()


def test_a_changed_value_changes_the_version_of_the_model() -> None:
    versions = {parse_pipeline(text).version() for text in ("", "[selection]\nbudget = 0.03\n", "[profiles]\nhalf_life_days = 90\n")}
    assert len(versions) == 3
    assert all(version.partition("+")[0] for version in versions)


def test_all_faults_of_all_sections_are_told_at_once() -> None:
    text = """
    [limits]
    max_record_bytes = 0
    max_age_day = 10
    [breaker]
    share = "much"
    [selection]
    budget = 2.0
    [severities]
    [p_values]
    tail_share = 0.5
    """
    assert set(faults(text)) == {
        "limits.max_record_bytes",
        "limits.max_age_day",
        "breaker.share",
        "selection.budget",
        "severities",
        "p_values.tail_share",
    }


def test_all_faults_of_the_detectors_are_told_at_once() -> None:
    told = " ".join(faults("[detectors.astrology]\n[detectors.mass]\nmax_key = 5\n[detectors.novelty]\nweight = 0\n").values())
    assert "no detector 'astrology'" in told
    assert "detector 'mass', max_key" in told
    assert "detector 'novelty', weight" in told


def test_faults_of_sections_and_detectors_are_told_together() -> None:
    assert set(faults("[selection]\nbudget = 2\n[detectors.astrology]\n")) == {"selection.budget", "detectors"}


@pytest.mark.parametrize("text", ['weight = "heavy"', "weight = inf", "max_keys = 0", 'max_keys = "many"', "self = 1", "min_peers = -1"])
def test_values_of_detectors_are_checked_when_the_file_is_read(text: str) -> None:
    assert "mass" in faults(f"[detectors.mass]\n{text}\n")["detectors"]


def test_severities_must_be_in_order() -> None:
    assert set(faults("[severity]\nmedium = 0.001\ncritical = 0.01\n")) == {"severity"}


def test_a_half_life_that_a_float_cannot_hold_is_a_fault() -> None:
    """With 2 days and a landmark of 2020, the thousand half-lives of decay.py were over in June 2025."""
    assert set(faults("[profiles]\nhalf_life_days = 2\n[non_compliance]\nhalf_life_days = 2\n")) == {
        "profiles.half_life_days",
        "non_compliance.half_life_days",
    }


OFF = "".join(f"[detectors.{name}]\nenabled = false\n" for name in detector_classes() if name not in ("mass", "novelty"))


def test_no_detector_at_all_is_a_fault() -> None:
    assert set(faults(OFF + "[detectors.mass]\nenabled = false\n[detectors.novelty]\nenabled = false\n")) == {"detectors"}


def test_detectors_that_are_not_named_run_with_their_defaults() -> None:
    assert parse_pipeline("[breaker]\nin_a_row = 5\n[detectors.mass]\nmax_keys = 70\n").detectors.keys() == Pipeline().detectors.keys()


def test_parameters_reach_their_detector_and_weights_their_panel() -> None:
    pipeline = parse_pipeline(OFF + "[detectors.mass]\nmax_keys = 70\nweight = 3\n[detectors.novelty]\nweight = 1\n")
    detectors = pipeline.build_detectors()
    assert set(detectors) == {"mass", "novelty"}
    assert detectors["mass"].max_keys == 70
    assert pipeline.weights() == {"mass": 1.5, "novelty": 0.5}, "mean 1"


def test_what_is_built_is_fresh_every_time() -> None:
    pipeline = Pipeline()
    assert pipeline.build_detectors()["mass"] is not pipeline.build_detectors()["mass"]


def test_a_file_that_is_no_toml_is_told_so() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_pipeline("[limits\n")


def test_an_office_has_a_share_or_a_number_a_day_and_not_both() -> None:
    text = '[selection.offices]\n"30" = { per_day = 40 }\n"31" = { share = 0.05 }\n"*" = { share = 0.02 }\n'
    offices = parse_pipeline(text).selection.offices
    assert {office: (one.share, one.per_day) for office, one in offices.items()} == {"30": (None, 40), "31": (0.05, None), "*": (0.02, None)}
    both, neither = '[selection.offices]\n"30" = { share = 0.1, per_day = 4 }\n', '[selection.offices]\n"30" = {}\n'
    assert set(faults(both)) == set(faults(neither)) == {"selection.offices.30"}


def test_the_sample_and_exploration_must_leave_something_to_the_scores() -> None:
    assert set(faults("[selection]\nrandom_share = 0.7\nexploration_share = 0.3\n")) == {"selection"}
    assert set(faults('[selection]\npacing = "lax"\nwindow = 5\n[selection.lanes]\nrandom = "green"\n')) == {
        "selection.pacing",
        "selection.window",
        "selection.lanes.random",
    }
