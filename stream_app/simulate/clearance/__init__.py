"""What happens around a simulated world's declarations: steps of clearance, partners' export records, seizures; with planted truth.

It reads what `write_world` wrote and draws from streams of its own: declarations and outcomes keep their bytes.
"""

from stream_app.simulate.clearance.mirror import Totals
from stream_app.simulate.clearance.stream import clearance
from stream_app.simulate.clearance.writer import FILES, TRUTH, write_clearance

__all__ = ["FILES", "TRUTH", "Totals", "clearance", "write_clearance"]
