"""Where the service runs: addresses and secrets from the environment, behaviour from pipeline.toml.

All faults are reported at once, before anything connects.
"""

import os
import socket
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream_app.brokers.errors import ConfigurationError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.schemas import directory
from stream_app.engine.pipeline import Pipeline, parse_pipeline

NEARLY = 0.9
"""Likeness of names from which on one is taken for the other, misspelt."""


class Settings(BaseSettings):
    """Environment variables TIDEWAITER_<NAME>; docs/operating.md lists them."""

    model_config = SettingsConfigDict(env_prefix="TIDEWAITER_", frozen=True, extra="ignore")

    bootstrap: str = "127.0.0.1:9092"
    security_protocol: str = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    allow_plaintext: bool = False

    group: str = "tidewaiter"
    worker_id: str = Field(default_factory=socket.gethostname, min_length=1, max_length=120)
    topic_prefix: str = ""
    topics_file: Path | None = None
    pipeline_file: Path | None = None
    shadow_pipeline_file: Path | None = None
    shadow_share: float = Field(default=1.0, gt=0, le=1)
    shadow_summary_seconds: float = Field(default=600.0, ge=1, le=86_400)
    session_timeout_seconds: float = Field(default=30.0, ge=2, le=300)
    stalled_seconds: float = Field(default=60.0, ge=1, le=3_600)
    fetch_max_wait_ms: int = Field(default=100, ge=1, le=10_000)
    batch_records: int = Field(default=500, ge=1, le=10_000)
    fast_path: bool = True
    compression: str = Field(default="gzip", pattern="^(gzip|none)$")

    checkpoint_seconds: float = Field(default=30.0, ge=0.1, le=3_600)
    checkpoint_records: int = Field(default=200_000, ge=1)
    checkpoint_share: float = Field(default=0.03, gt=0, le=1)
    checkpoint_key: SecretStr = SecretStr("")

    shares: str = Field(default="auto", pattern="^(auto|on|off)$")
    shares_seconds: float = Field(default=60.0, ge=0.1, le=86_400)

    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=9108, ge=0, le=65_535)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    def connection(self) -> Connection:
        """How to reach Kafka; raises ConfigurationError with every fault."""
        connection = Connection(
            bootstrap=self.bootstrap,
            security_protocol=self.security_protocol,
            ca_file=self.ca_file,
            cert_file=self.cert_file,
            key_file=self.key_file,
            sasl_mechanism=self.sasl_mechanism,
            sasl_username=self.sasl_username,
            sasl_password=self.sasl_password.get_secret_value(),
            allow_plaintext=self.allow_plaintext,
        )
        if faults := connection.validate():
            raise ConfigurationError([_of_variables(fault) for fault in faults])
        return connection

    def catalogue(self) -> Catalogue:
        return Catalogue.load(self.topics_file or directory() / "topics.toml", self.topic_prefix)

    def pipeline(self) -> Pipeline:
        return load_pipeline(self.pipeline_file)

    def shadow_pipeline(self) -> Pipeline | None:
        """The challenger's, where there is one. Its [limits] and [breaker] do nothing: what is refused is the champion's to say."""
        return None if self.shadow_pipeline_file is None else load_pipeline(self.shadow_pipeline_file)

    def check(self) -> None:
        """Raises ConfigurationError with every fault of connection, topics and pipelines."""
        faults: list[str] = []
        for part in (self.connection, self.catalogue, self.pipeline, self.shadow_pipeline):
            try:
                part()
            except ConfigurationError as error:
                faults += error.faults
        if faults:
            raise ConfigurationError(faults)


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; what a caller sets (and is not None) wins. Raises ConfigurationError with every fault."""
    if misspelt := sorted(_misspelt(os.environ)):
        raise ConfigurationError(misspelt)
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigurationError(_faults(error, "TIDEWAITER_")) from None


def _misspelt(names: Iterable[str]) -> Iterator[str]:
    """Variables that are nearly a setting's. What Kubernetes adds for services of our name is not."""
    known = [f"TIDEWAITER_{name.upper()}" for name in Settings.model_fields]
    for name in names:
        if name.startswith("TIDEWAITER_") and name not in known and (near := get_close_matches(name, known, 1, NEARLY)):
            yield f"{name}: is no setting; {near[0]} is"


def _of_variables(fault: str) -> str:
    """A fault of an address or a secret, by the names that an operator sets."""
    names, _, said = fault.partition(": ")
    return f"{', '.join(f'TIDEWAITER_{name.upper()}' for name in names.split(', '))}: {said}"


def load_pipeline(path: Path | None = None) -> Pipeline:
    """pipeline.toml, by default the one that comes with the release. Raises ConfigurationError with every fault."""
    file = path or _default_pipeline()
    try:
        return parse_pipeline(file.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ConfigurationError([f"{file}: {fault}" for fault in _faults(error)]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([f"{file}: {error}"]) from None


def _default_pipeline() -> Path:
    checkout = Path(__file__).parents[1] / "deploy" / "pipeline.toml"
    return checkout if checkout.is_file() else Path(str(resources.files("stream_app"))) / "_data" / "deploy" / "pipeline.toml"


def _faults(error: ValidationError, prefix: str = "") -> list[str]:
    """One line a fault, without the value: it may be a secret."""
    faults = error.errors(include_input=False, include_url=False)
    places = [".".join(map(str, fault["loc"])) for fault in faults]
    return [f"{prefix + place.upper() if prefix else place or 'file'}: {fault['msg']}" for place, fault in zip(places, faults, strict=True)]
