"""`make bench BENCH_ARGS="--service"`: the service on Kafka beside the same engine in a bare loop, a stock Faust agent and Quix Streams."""
