"""Metrics: what operations watch of the live screens."""

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)

COMMIT_TO_WRITE = Histogram(
    "live_commit_to_write_seconds", "From the commit to the last socket's write", buckets=_FAST
)
COMMIT_TO_ACK = Histogram(
    "live_commit_to_ack_seconds",
    "From the commit to a browser's word that it shows it (sampled)",
    buckets=_FAST,
)
POKED = Counter("live_poked_total", "Refreshes that a poke began")
HEALED = Counter("live_healed_total", "Refreshes that only the once-a-second check began")
REWOUND = Counter("live_rewind_total", "Times that a topic's history began anew")
RENDERED = Counter("live_renders_total", "Views drawn")
SNAPSHOTS = Counter("live_snapshots_total", "Whole containers sent to one socket")
FAILED = Counter("live_failed_total", "Refreshes that failed and will be tried again")
CONFLATED = Counter("live_conflated_total", "Frames that a slow socket was spared")
DIRTY = Gauge("live_dirty_sockets", "Sockets that wait for room to take the newest state")
AGE = Gauge("live_age_seconds", "Seconds since the least recently verified view was verified")
OPEN = Gauge("ws_open", "Open live sockets")
ABORTED = Counter("ws_aborted_total", "Live sockets cut off", ["why"])
LAG = Gauge("loop_lag_seconds", "How late the event loop woke the hub")
RESUMED = Counter("resume_total", "Subscriptions by what they were given", ["how"])
