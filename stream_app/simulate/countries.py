"""Countries of the simulated world, its currencies and customs offices. The administration is Dutch in its codes and keeps accounts in EUR."""

import numpy as np

from stream_app.simulate.columns import Ints

HOME = "NL"
# ISO 3166-1 alpha-2, currency of invoice, neighbour (reached by road) or not, and regime:
# free-trade agreement (duty 0), generalised preferences (a fifth off), or none.
TABLE = """
CN USD far none|VN USD far free|BD USD far gsp|IN USD far gsp|PK USD far gsp|KH USD far gsp|ID USD far gsp|TH USD far none|MY USD far none
JP JPY far free|KR USD far free|TW USD far none|HK USD far none|SG USD far free|AE USD far none|TR EUR near free|GB GBP near free|CH CHF near free
NO EUR near free|UA EUR near free|RS EUR near free|MA EUR far free|EG USD far free|TN EUR far free|ZA USD far free|KE USD far free|CI EUR far free
GH USD far free|ET USD far gsp|US USD far none|CA USD far free|MX USD far free|BR USD far none|AR USD far none|CL USD far free|PE USD far free
CO USD far free|EC USD far free|CR USD far free|AU USD far none|NZ USD far free|IL USD far free|LK USD far gsp|PH USD far gsp|NL EUR near none
"""
_ROWS = [entry.split() for entry in TABLE.strip().replace("\n", "|").split("|")]

CODES = [code for code, *_ in _ROWS]
CURRENCIES = ["EUR", "USD", "GBP", "CHF", "JPY"]
EUR_PER_UNIT = np.array([1.0, 0.92, 1.17, 1.04, 0.0061])
CURRENCY: Ints = np.array([CURRENCIES.index(currency) for _, currency, _, _ in _ROWS], dtype=np.int64)
NEAR = np.array([where == "near" for _, _, where, _ in _ROWS])
FREE = np.array([regime == "free" for *_, regime in _ROWS])

# EU preference codes: 100 the general rate, 200 generalised preferences, 300 free-trade agreement.
PREFERENCES = ["100", "200", "300"]
PREFERENCE: Ints = np.array([{"none": 0, "gsp": 1, "free": 2}[regime] for *_, regime in _ROWS], dtype=np.int64)
DUTY_FACTOR = np.array([1.0, 0.8, 0.0])

HOME_INDEX = CODES.index(HOME)
HUBS: Ints = np.array([CODES.index(code) for code in ("SG", "AE", "HK", "GB", "TR", "CN")], dtype=np.int64)

OFFICES = [f"NL000{number}" for number in (510, 511, 566, 396, 432, 560, 563, 702, 746, 854, 204, 305)]
# Local opening and closing hour; the airport offices never close.
OPENS = np.array([7, 7, 0, 8, 8, 6, 0, 8, 8, 7, 8, 8])
CLOSES = np.array([19, 19, 24, 17, 17, 22, 24, 17, 18, 19, 17, 17])
