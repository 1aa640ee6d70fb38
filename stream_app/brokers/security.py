"""One description of how to reach Kafka, for the three clients in the house: kafka-python, aiokafka and Faust.

Secure unless told otherwise: plaintext leaves the machine only with `allow_plaintext`, and a readable password never does.
"""

import ipaddress
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")

_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


class Secret(str):
    """A password that does not show itself: kafka-python logs its whole configuration at debug, by repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Connection:
    """`bootstrap` is "host:port,host:port". Files are PEM; without `ca_file` the system's authorities are trusted. Call `validate` first."""

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    allow_plaintext: bool = False

    @property
    def servers(self) -> list[str]:
        return [server for part in self.bootstrap.split(",") if (server := part.strip())]

    @property
    def tls(self) -> bool:
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    def validate(self) -> list[str]:
        """Everything that is wrong, in words for the operator; empty when nothing is. Reads the files, connects to nothing."""
        return [*self._address_faults(), *self._protocol_faults(), *self._sasl_faults(), *self._tls_faults()]

    def ssl_context(self) -> ssl.SSLContext | None:
        """TLS 1.2 or later, certificate and host name verified; None without TLS. Raises OSError (ssl.SSLError) for unusable files."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file:
            # A key with a pass phrase would stop and ask at the terminal.
            context.load_cert_chain(self.cert_file, self.key_file, password="")
        return context

    def kafka_python(self) -> dict[str, Any]:
        """Keyword arguments of KafkaProducer, KafkaConsumer and KafkaAdminClient."""
        # Its default backs off to 30 s: a broker that starts slowly would be noticed half a minute late.
        return {"bootstrap_servers": self.servers, "reconnect_backoff_max_ms": 1_000, **self._client_arguments()}

    def aiokafka(self) -> dict[str, Any]:
        """Keyword arguments of AIOKafkaProducer and AIOKafkaConsumer."""
        return {"bootstrap_servers": ",".join(self.servers), **self._client_arguments()}

    def faust(self) -> tuple[list[str], Any]:
        """`broker` and `broker_credentials` (None for plaintext) of faust.App."""
        import faust

        urls = [f"kafka://{server}" for server in self.servers]
        context = self.ssl_context()
        if self.sasl:
            # ssl_context=None is what makes SASLCredentials plaintext: _client_arguments and this line must agree on `tls`.
            return urls, faust.SASLCredentials(
                username=self.sasl_username, password=Secret(self.sasl_password), mechanism=self.sasl_mechanism, ssl_context=context
            )
        return urls, faust.SSLCredentials(context=context) if context else None

    def _client_arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.tls:
            arguments["ssl_context"] = self.ssl_context()
        if self.sasl:
            arguments |= {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.sasl_username}
            arguments["sasl_plain_password"] = Secret(self.sasl_password)
        return arguments

    def _address_faults(self) -> Iterator[str]:
        if not self.servers:
            yield "bootstrap: no server is named (host:port,host:port)"
        for server in self.servers:
            match = _SERVER.fullmatch(server)
            if match is None or not 1 <= int(match[2]) <= 65_535:
                yield f"bootstrap: {server!r} is not host:port"

    def _protocol_faults(self) -> Iterator[str]:
        if self.security_protocol not in PROTOCOLS:
            yield f"security_protocol: must be one of {', '.join(PROTOCOLS)}"
            return
        remote = [server for server in self.servers if not _is_loopback(server)]
        if self.tls or not remote:
            return
        if self.sasl and self.sasl_mechanism == "PLAIN":
            yield f"security_protocol: SASL_PLAINTEXT with PLAIN would send the password readable to {', '.join(remote)}; use SASL_SSL"
        elif not self.allow_plaintext:
            yield f"security_protocol: {self.security_protocol} leaves this machine for {', '.join(remote)}; use SASL_SSL, or allow_plaintext"

    def _sasl_faults(self) -> Iterator[str]:
        if not self.sasl:
            if self.sasl_username or self.sasl_password:
                yield f"sasl_username, sasl_password: {self.security_protocol} would not use them; SASL_SSL does"
            return
        if self.sasl_mechanism not in MECHANISMS:
            yield f"sasl_mechanism: must be one of {', '.join(MECHANISMS)}"
        for name in ("sasl_username", "sasl_password"):
            if not getattr(self, name):
                yield f"{name}: is empty"

    def _tls_faults(self) -> Iterator[str]:
        files = {name: value for name in ("ca_file", "cert_file", "key_file") if (value := getattr(self, name))}
        if files and not self.tls:
            yield f"{', '.join(files)}: {self.security_protocol} would not use them"
        if bool(self.cert_file) != bool(self.key_file):
            yield "cert_file, key_file: both or neither"
        missing = [f"{name}: {value} is no file" for name, value in files.items() if not Path(value).is_file()]
        yield from missing
        if self.tls and not missing and bool(self.cert_file) == bool(self.key_file):
            yield from self._context_faults()

    def _context_faults(self) -> Iterator[str]:
        try:
            self.ssl_context()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            yield f"ca_file, cert_file, key_file: {error}"


def _is_loopback(server: str) -> bool:
    host = server.rsplit(":", 1)[0].strip("[]")
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
