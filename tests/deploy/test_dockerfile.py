"""deploy/Dockerfile, as far as it can be checked without a Docker engine."""

import re

from tests.deploy.catalogue import ROOT

TEXT = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
FINAL = LINES[max(i for i, line in enumerate(LINES) if line.startswith("FROM")) :]


def test_both_stages_start_from_the_same_pinned_python() -> None:
    bases = {line.split()[1] for line in LINES if line.startswith("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.12\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", bases.pop())


def test_dependencies_come_from_the_lock_with_hashes_and_the_project_without_any() -> None:
    assert "install --require-hashes --only-binary=:all: -r requirements.lock" in TEXT
    assert "install --no-deps --no-build-isolation ." in TEXT


def test_what_the_lock_brings_for_building_only_is_not_in_the_final_image() -> None:
    removed = set(re.search(r"uninstall -y ([\w -]+)", TEXT)[1].split())  # type: ignore[index]
    assert removed == _for_building_only((ROOT / "requirements.lock").read_text(encoding="utf-8"))


def test_the_final_image_copies_the_environment_and_installs_nothing() -> None:
    assert [line for line in FINAL if line.startswith("COPY")] == ["COPY --from=build /opt/tidewaiter /opt/tidewaiter"]
    assert not any("apt-get" in line or "pip install" in line for line in FINAL)


def test_it_runs_as_the_user_that_the_compose_file_names() -> None:
    assert "USER 10001:10001" in FINAL
    assert any("--uid 10001" in line and "--gid 10001" in line for line in FINAL)


def test_it_starts_the_worker_and_asks_it_for_its_health() -> None:
    assert 'ENTRYPOINT ["tidewaiter"]' in FINAL
    assert 'CMD ["worker"]' in FINAL
    assert any(line.startswith("HEALTHCHECK") and "127.0.0.1:9108" in line for line in FINAL)


def test_everything_it_copies_is_in_the_build_context() -> None:
    sources = [source for line in LINES if line.startswith("COPY") and "--from" not in line for source in line.split()[1:-1]]
    assert {"requirements.lock", "pyproject.toml", "schemas", "stream_app", "deploy/pipeline.toml"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert _in_context(source), source
    for secret in (".git", ".env", ".venv", "tests", "docker-compose.yml", "deploy/grafana", "stream_app/trace.csv"):
        assert not _in_context(secret), secret


def _for_building_only(lock: str) -> set[str]:
    """The packages that, followed upwards, only the dependency group `build` asks for."""
    wanted_by: dict[str, set[str]] = {}
    for name, comment in re.findall(r"^([\w.-]+)==.*?\n((?:    .*\n?)*)", lock, re.MULTILINE):
        wanted_by[name] = set(re.findall(r"^    #\s+(?:via )?([\w.-]+(?: \(pyproject\.toml(?::\w+)?\))?)$", comment, re.MULTILINE)) - {"via"}
    found: set[str] = set()
    while more := {name for name, by in wanted_by.items() if by and by <= found | {"tidewaiter (pyproject.toml:build)"}} - found:
        found |= more
    return found


def _in_context(path: str) -> bool:
    """The last matching rule decides, as in .dockerignore; enough of its patterns for ours."""
    included = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").rstrip("/")
        expression = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*").replace(r"\[co\]", "[co]")
        if re.match(f"{expression}(/|$)", path):
            included = line.startswith("!")
    return included
