"""`make bench`: the engine beside a stock River pipeline; with --service, the service beside other ways to run the engine on Kafka; with --movements,
container moves through engine and service."""

import sys

if __name__ == "__main__":
    if "--service" in sys.argv:
        from tests.bench.service.command import bench as service_bench

        service_bench([argument for argument in sys.argv[1:] if argument != "--service"], prog_name="make bench --service")
    elif "--movements" in sys.argv:
        from tests.bench.service.command import movements

        movements([argument for argument in sys.argv[1:] if argument != "--movements"], prog_name="make bench --movements")
    else:
        from stream_app.cli.bench import bench

        bench(prog_name="make bench")
