"""An office where neither this declarant nor such goods are usually cleared: forum shopping, a borrowed declarant, a firm of straw.

Misses: an office that clears everything; whoever stays at the declarant's usual offices.
"""

from stream_app.detectors.contexts import ContextDetector
from stream_app.detectors.features import DECLARANT, DEPARTURE, HS2, HS6, OFFICE, ORIGIN, PROCEDURE


class OddOffice(ContextDetector):
    """The office against declarant, HS6, chapter, origin, departure and procedure."""

    code = "odd_office"
    attribute = OFFICE
    contexts = (DECLARANT, HS6, HS2, ORIGIN, DEPARTURE, PROCEDURE)
