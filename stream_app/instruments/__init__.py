"""The WCO's instruments, live: pure modules that learn from typed events, in event-time order, and give plain values.

| Class | Learns from | `figures()` for the report under |
|---|---|---|
| `mirror.MirrorAnalysis` | Export, Declaration | `mirror` |
| `time_release.TimeRelease` | Milestone, Declaration, Assessment (its lane) | `time_release` |
| `performance.Performance` | Milestone, Declaration, Outcome | `performance` |
| `seizures.Seizures` | Seizure, Declaration, Outcome | `seizures` |

All of them are an `Instrument` (base.py): `learn(event)` takes any event and passes over kinds that it does not need; `figures(begin, end)` gives
what is known of the events in [begin, end), seconds since 1970, as dicts and lists of JSON values; `take()` hands over what became worth an
indicator; `sizes()` says how much is held and what was forgotten; `state()` and `restore()` are plain data (str, int, float, bytes, None, list,
dict). `suite.Suite` has them by name, gives each event to those that need it, and is what replay and service use.
Constructors take keywords with defaults: `TimeRelease()` works.
"""
