"""(c) A bare confluent-kafka loop: poll, process, produce, flush, commit. No framework, no restore, no checkpoints."""

from confluent_kafka import Consumer, Producer

from stream_app.agents.intake import Record
from stream_app.settings import load_settings
from tests.bench.service.sides.work import BATCH_RECORDS, LONG_POLL_MS, intake, producer_options


def main() -> None:
    settings = load_settings()
    work = intake(settings)
    producer = Producer({"bootstrap.servers": settings.bootstrap, **producer_options(settings)})
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap,
            "group.id": settings.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "max.poll.interval.ms": LONG_POLL_MS,
            "session.timeout.ms": int(settings.session_timeout_seconds * 1000),
            "fetch.wait.max.ms": settings.fetch_max_wait_ms,
        }
    )
    consumer.subscribe([settings.catalogue()["declarations"].name])
    while True:
        found = consumer.consume(BATCH_RECORDS, timeout=0.05)
        if not found:
            continue
        records = [Record(m.topic(), m.partition(), m.offset(), m.timestamp()[1] / 1000.0, m.key(), m.value(), m.headers() or []) for m in found]
        for begin in range(0, len(records), 32):
            work.read(records[begin : begin + 32])
            for record in records[begin : begin + 32]:
                for message in work.process(record):
                    producer.produce(message.topic, message.value, message.key, headers=list(message.headers))
            producer.poll(0)
        if producer.flush(60):
            raise RuntimeError("not everything was delivered")
        consumer.commit(asynchronous=True)


if __name__ == "__main__":
    main()
