import asyncio
import logging
import pickle
import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.security import MECHANISMS, Connection, Secret

REMOTE = "kafka-1.customs.example:9093,kafka-2.customs.example:9093"
SCRAM = Connection(REMOTE, "SASL_SSL", sasl_username="tidewaiter", sasl_password="hunter2-hunter2")


@pytest.mark.parametrize("bootstrap", ["127.0.0.1:9092", "localhost:9092", "127.8.8.8:1,[::1]:9092"])
def test_plaintext_is_for_loopback(bootstrap: str) -> None:
    assert Connection(bootstrap).validate() == []


@pytest.mark.parametrize(
    "bootstrap", ["kafka:9092", "10.0.0.1:9092", "localhost:9092,kafka:9092", "localhost.evil.example:9092", "127.0.0.1.nip.io:1"]
)
def test_plaintext_elsewhere_must_be_allowed_explicitly(bootstrap: str) -> None:
    (fault,) = Connection(bootstrap).validate()
    assert "PLAINTEXT leaves this machine" in fault
    assert Connection(bootstrap, allow_plaintext=True).validate() == []


def test_a_password_leaves_the_machine_readable_under_no_circumstances() -> None:
    connection = replace(SCRAM, security_protocol="SASL_PLAINTEXT")
    assert "leaves this machine" in connection.validate()[0]
    assert replace(connection, allow_plaintext=True).validate() == []
    assert "readable" in replace(connection, allow_plaintext=True, sasl_mechanism="PLAIN").validate()[0]


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    connection = Connection("kafka,kafka:0,:9", "SASL_SSL", ca_file=str(tmp_path / "no.pem"), cert_file="also-no.pem", sasl_mechanism="GSSAPI")
    assert connection.validate() == [
        "bootstrap: 'kafka' is not host:port",
        "bootstrap: 'kafka:0' is not host:port",
        "bootstrap: ':9' is not host:port",
        "sasl_mechanism: must be one of SCRAM-SHA-512, SCRAM-SHA-256, PLAIN",
        "sasl_username: is empty",
        "sasl_password: is empty",
        "cert_file, key_file: both or neither",
        f"ca_file: {tmp_path / 'no.pem'} is no file",
        "cert_file: also-no.pem is no file",
    ]


def test_settings_that_would_silently_do_nothing_are_faults() -> None:
    faults = Connection("localhost:9092", sasl_password="p", ca_file=__file__).validate()
    assert faults == ["sasl_username, sasl_password: PLAINTEXT would not use them; SASL_SSL does", "ca_file: PLAINTEXT would not use them"]


def test_no_server_and_an_unknown_protocol_are_faults() -> None:
    assert [fault.split(":")[0] for fault in Connection(" , ", "TLS").validate()] == ["bootstrap", "security_protocol"]


def test_a_file_that_is_no_certificate_is_a_fault(tmp_path: Path) -> None:
    (file := tmp_path / "ca.pem").write_text("not a certificate", encoding="ascii")
    assert Connection(REMOTE, "SSL", ca_file=str(file)).validate()[0].startswith("ca_file, cert_file, key_file:")


@pytest.mark.parametrize("password", ["hunter2-hunter2", 'it\'s "quoted"', "back\\slash"])
def test_the_password_never_shows_in_a_repr(password: str) -> None:
    connection = Connection("localhost:1", "SASL_PLAINTEXT", sasl_username="u", sasl_password=password)
    for shown in (repr(connection), str(connection), repr(connection.kafka_python()), str(connection.aiokafka()), repr(connection.faust())):
        assert password not in shown
        assert repr(password)[1:-1] not in shown


def test_a_secret_is_still_a_string() -> None:
    secret = Secret("s3cret")
    assert (secret, secret.encode(), f"{secret!r}", str(pickle.loads(pickle.dumps(secret)))) == ("s3cret", b"s3cret", "'***'", "s3cret")


def test_kafka_python_does_not_log_the_password(caplog: pytest.LogCaptureFixture) -> None:
    connection = Connection("127.0.0.1:9", "SASL_PLAINTEXT", sasl_username="u", sasl_password="hunter2-hunter2")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="kafka"), pytest.raises(KafkaError):
        KafkaAdminClient(**connection.kafka_python(), bootstrap_timeout_ms=200)
    assert "Starting KafkaAdminClient" in caplog.text
    assert "hunter2" not in caplog.text


def test_faust_gets_tls_whenever_the_protocol_says_so() -> None:
    urls, credentials = SCRAM.faust()
    assert urls == ["kafka://kafka-1.customs.example:9093", "kafka://kafka-2.customs.example:9093"]
    arguments = credentials_to_aiokafka_auth(credentials, None)
    assert (arguments["security_protocol"], arguments["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert_strict(arguments["ssl_context"])
    assert "hunter2" not in repr(credentials) + repr(arguments)


def test_faust_gets_tls_without_sasl_and_nothing_for_plaintext() -> None:
    arguments = credentials_to_aiokafka_auth(Connection(REMOTE, "SSL").faust()[1], None)
    assert arguments["security_protocol"] == "SSL"
    assert_strict(arguments["ssl_context"])
    assert Connection("localhost:9092").faust() == (["kafka://localhost:9092"], None)


def test_faust_accepts_what_it_gets() -> None:
    urls, credentials = SCRAM.faust()
    conf = faust.App("t", broker=urls, broker_credentials=credentials, web_enabled=False).conf
    assert [(url.host, url.port) for url in conf.broker] == [("kafka-1.customs.example", 9093), ("kafka-2.customs.example", 9093)]
    assert conf.broker_credentials is credentials


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_three_clients_agree(mechanism: str) -> None:
    connection = replace(SCRAM, sasl_mechanism=mechanism)
    assert connection.validate() == []
    auth = [connection.kafka_python(), connection.aiokafka(), credentials_to_aiokafka_auth(connection.faust()[1], None)]
    wanted = {"security_protocol": "SASL_SSL", "sasl_mechanism": mechanism, "sasl_plain_username": "tidewaiter"}
    for arguments in auth:
        assert wanted.items() <= arguments.items()
        assert arguments["sasl_plain_password"] == "hunter2-hunter2"
        assert_strict(arguments["ssl_context"])


@pytest.mark.broker
def test_aiokafka_connects_with_what_it_gets(embedded_broker: EmbeddedBroker) -> None:
    async def connect() -> None:
        async with AIOKafkaProducer(**embedded_broker.connection.aiokafka()):
            pass

    asyncio.run(connect())


def assert_strict(context: Any) -> None:
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for localhost, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificate with the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(["openssl", "req", *options.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def handshake(connection: Connection, server: ssl.SSLContext, name: str) -> str | None:
    """The TLS version that the connection's context agrees on with a server; raises what the context objects to."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_serve, args=(server, theirs))
    thread.start()
    context = connection.ssl_context()
    assert context is not None
    try:
        with ours, context.wrap_socket(ours, server_hostname=name) as tls:
            return tls.version()
    finally:
        ours.close()
        thread.join()


def _serve(context: ssl.SSLContext, raw: socket.socket) -> None:
    with raw:
        try:
            context.wrap_socket(raw, server_side=True).close()
        except OSError:
            return


def server_context(certificate: tuple[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_tls_trusts_its_authority_only_and_only_for_the_right_name(certificate: tuple[str, str]) -> None:
    trusting = Connection("localhost:9093", "SSL", ca_file=certificate[0])
    assert trusting.validate() == []
    assert handshake(trusting, server_context(certificate), "localhost") == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(?i)hostname mismatch"):
        handshake(trusting, server_context(certificate), "kafka.customs.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(Connection("localhost:9093", "SSL"), server_context(certificate), "localhost")


def test_a_client_certificate_is_presented(certificate: tuple[str, str]) -> None:
    server = server_context(certificate)
    server.load_verify_locations(certificate[0])
    server.verify_mode = ssl.CERT_REQUIRED
    server.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 tells the client of a missing certificate after the handshake only
    cert, key = certificate
    assert handshake(Connection("localhost:1", "SSL", ca_file=cert, cert_file=cert, key_file=key), server, "localhost") == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(Connection("localhost:1", "SSL", ca_file=cert), server, "localhost")


def test_a_key_with_a_pass_phrase_is_a_fault_and_no_question_at_the_terminal(certificate: tuple[str, str], tmp_path: Path) -> None:
    cert, key = certificate
    locked = str(tmp_path / "locked.pem")
    subprocess.run(["openssl", "ec", "-aes256", "-passout", "pass:x", "-in", key, "-out", locked], check=True, capture_output=True)
    faults = Connection("localhost:1", "SSL", ca_file=cert, cert_file=cert, key_file=locked).validate()
    assert len(faults) == 1
