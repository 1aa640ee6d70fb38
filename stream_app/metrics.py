"""Every metric of Tidewaiter: name, help, labels, buckets. Labels come from short fixed lists; no identifier ever becomes one."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
MICROSECONDS = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0)


class Metrics:
    """One worker's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        r = self.registry
        ProcessCollector(registry=r)
        self.events = Counter("tidewaiter_events", "Input events by what became of them", ["topic", "result"], registry=r)
        self.items = Counter("tidewaiter_goods_items", "Goods items assessed", registry=r)
        self.alerts = Counter("tidewaiter_alerts", "Alerts raised", ["severity", "typology", "lane"], registry=r)
        self.withdrawn = Counter("tidewaiter_movement_alerts_withdrawn", "Alerts of movements that later ones explained", ["typology"], registry=r)
        self.selected = Counter("tidewaiter_selected_items", "Goods items selected, by what selected them", ["reason", "lane"], registry=r)
        self.suppressed = Counter("tidewaiter_suppressed_items", "Goods items that a suppression kept from being selected by score", registry=r)
        self.list_entries = Gauge("tidewaiter_list_entries", "Entries held of the watchlist and of the suppressions", ["list"], registry=r)
        self.dead_letters = Counter("tidewaiter_dead_letters", "Records sent to a dead-letter topic", ["topic", "reason"], registry=r)
        self.outcomes = Counter("tidewaiter_outcomes", "Control outcomes by what became of them", ["note"], registry=r)
        self.model_updates = Counter("tidewaiter_model_updates", "Records that a model learned from", ["model"], registry=r)
        self.detector_failures = Counter("tidewaiter_detector_failures", "Times a detector raised; the others voted", ["detector"], registry=r)
        self.missing = Counter("tidewaiter_missing_measures", "Goods items without a measure that detectors need", ["measure"], registry=r)
        self.shadow = Counter(
            "tidewaiter_shadow_declarations",
            "Declarations that the challenger judged too, by who fired and for which typology",
            ["agreement", "typology"],
            registry=r,
        )
        self.shadow_failures = Counter("tidewaiter_shadow_failures", "Times the challenger, or a detector of it, raised", ["part"], registry=r)
        self.shadow_seconds = Counter("tidewaiter_shadow_seconds", "Time that the challenger took", registry=r)
        self.end_to_end = Histogram(
            "tidewaiter_end_to_end_seconds", "From a record's Kafka timestamp to its acknowledged results", ["topic"], buckets=SECONDS, registry=r
        )
        self.processing = Histogram(
            "tidewaiter_processing_seconds", "Decode, validate, score, learn and encode one record", ["topic"], buckets=MICROSECONDS, registry=r
        )
        self.lag = Gauge("tidewaiter_event_lag_seconds", "Age of the record last processed; 0 when caught up", ["topic", "partition"], registry=r)
        self.keys_held = Gauge("tidewaiter_keys_held", "Keys in memory by table", ["table"], registry=r)
        self.keys_forgotten = Gauge("tidewaiter_keys_forgotten", "Keys given up so far to stay within bounds", ["table"], registry=r)
        self.partitions = Gauge("tidewaiter_partitions_assigned", "Declaration partitions of this worker", registry=r)
        self.ready = Gauge("tidewaiter_ready", "1: partitions assigned, state restored, producer acknowledged", registry=r)
        self.restore = Gauge("tidewaiter_restore_seconds", "How long the last restore of learned state took", registry=r)
        self.checkpoints = Counter("tidewaiter_checkpoints", "Checkpoints by what became of them: written, failed, fenced", ["result"], registry=r)
        self.checkpoints_unusable = Counter("tidewaiter_checkpoints_unusable", "Checkpoints found and not used, by why", ["reason"], registry=r)
        self.checkpoint_age = Gauge(
            "tidewaiter_checkpoint_age_seconds", "Since the last checkpoint of a partition, or since nothing came", ["partition"], registry=r
        )
        self.checkpoint_bytes = Gauge("tidewaiter_checkpoint_bytes", "What a partition's checkpoint takes on the topic", ["partition"], registry=r)
        self.checkpoint_sent = Counter("tidewaiter_checkpoint_sent_bytes", "Sent for checkpoints: what had changed", registry=r)
        self.checkpoint_seconds = Counter("tidewaiter_checkpoint_seconds", "Work that checkpoints took, in all threads", registry=r)
        self.checkpoint_pause = Histogram(
            "tidewaiter_checkpoint_pause_seconds", "How long the stream stood still for a checkpoint", buckets=SECONDS, registry=r
        )
        self.shares_told = Counter("tidewaiter_shares_told", "Chunks of shares and batches of lessons told to other partitions", ["kind"], registry=r)
        self.shares_heard = Counter("tidewaiter_shares_heard", "Chunks of shares and batches of lessons taken in", ["kind"], registry=r)
        self.shares_refused = Counter("tidewaiter_shares_refused", "Shares and lessons not used, or not sent, by why", ["reason"], registry=r)
        self.shares_dropped = Gauge(
            "tidewaiter_shares_dropped", "Rows of others that found no room so far: hotter keys were there", ["engine", "partition"], registry=r
        )
        self.share_heard_at = Gauge("tidewaiter_share_heard_timestamp_seconds", "When a partition's share was last heard", ["partition"], registry=r)
        self.share_sent = Counter("tidewaiter_share_sent_bytes", "Sent for shares and lessons", registry=r)
        self.share_seconds = Counter("tidewaiter_share_seconds", "Work that shares took: to work out, and to add up", registry=r)
        self.stalled = Gauge(
            "tidewaiter_reading_stalled_seconds", "How long records have waited that this worker could read, and does not", registry=r
        )
        self.breaker = Gauge("tidewaiter_breaker_tripped", "1: too many refused records, the worker stops", ["topic"], registry=r)
        self.indicators = Counter("tidewaiter_indicators", "Indicators published", ["kind", "indicator"], registry=r)
        self.drifts = Counter("tidewaiter_drifts", "Changes detected in a head's loss, a detector's alert rate or a field", ["by", "of"], registry=r)
        self.figure = Gauge(
            "tidewaiter_feedback_ratio",
            "Share of controls that found something, or of selections that were right, and the limits of its confidence interval",
            ["figure", "by", "of", "segment", "bound"],
            registry=r,
        )
        self.controls = Gauge(
            "tidewaiter_feedback_controls", "Controls that a share rests on; older ones count for less", ["figure", "by", "of", "segment"], registry=r
        )
        self.log_loss = Gauge("tidewaiter_log_loss_nats", "Mean loss of a head's probabilities on the outcomes that came", ["head"], registry=r)
        self.forest_log_loss = Gauge(
            "tidewaiter_forest_log_loss_nats", "Mean loss of River's forests, and of the champion on the same sampled items", ["model"], registry=r
        )
        self.forest_items = Gauge("tidewaiter_forest_items", "Controlled items that River's forests have learned since they began", registry=r)
        self.forests = Gauge("tidewaiter_forests", "Partitions by the maturity of their forests: cold, warming, mature", ["maturity"], registry=r)
        self.forests_begun_anew = Gauge(
            "tidewaiter_forests_begun_anew",
            "Times that forests began anew: no checkpoint has them (restored), or they had grown",
            ["why"],
            registry=r,
        )
        self.stability = Gauge("tidewaiter_stability_index", "How far a field's distribution has moved, beyond chance", ["feature"], registry=r)
        self.silent = Gauge("tidewaiter_silent_submitters", "Submitters that have stopped sending, counted in each partition", registry=r)
        self.release_hours = Gauge(
            "tidewaiter_release_hours",
            "Hours from arrival to release over the last 7 days of releases",
            ["statistic"],
            registry=r,
        )
        self.releases = Gauge("tidewaiter_releases", "Releases that these hours are of", registry=r)
        self.performance = Gauge("tidewaiter_performance_ratio", "Indicators of the performance contracts, over all offices", ["figure"], registry=r)
        self.mirror_gaps = Gauge("tidewaiter_mirror_gaps", "Goods of a lane and month by what the mirror said of them, so far", ["class"], registry=r)
        self.quality_score = Gauge("tidewaiter_data_quality_score", "0 to 100, of all declarations of the last whole week", registry=r)
        self.quality_parts = Gauge("tidewaiter_data_quality_ratio", "Share of cases without a fault in the last whole week", ["part"], registry=r)
        self.quality_submitters = Gauge(
            "tidewaiter_data_quality_submitters", "Submitters by their score of the last whole week, counted in each partition", ["score"], registry=r
        )
        self.forecast = Gauge(
            "tidewaiter_forecast_next_day", "Declarations, and duty, forecast for the first day that is not over", ["measure"], registry=r
        )
        self.forecast_quality = Gauge(
            "tidewaiter_forecast_ratio",
            "MASE, that of seasonal-naive, and the share of days inside their interval, of forecasts so far",
            ["figure"],
            registry=r,
        )
        self.seizures = Gauge("tidewaiter_seizure_cases", "Seizure cases that this worker holds", registry=r)
        self.priors = Gauge("tidewaiter_priors", "Groups of goods whose odds are raised from beyond the declarations", ["source"], registry=r)
        self.build = Info("tidewaiter_build", "Release and model version", registry=r)
        self.challenger = Info("tidewaiter_shadow", "Release and model version of the challenger, where one runs", registry=r)
