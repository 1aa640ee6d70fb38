"""Names of the schemes and how the injected items are shared among them. The position of a name is its number in `Items.scheme`."""

import numpy as np

SCHEMES = ("undervaluation", "mass", "misclassification", "impossible_origin", "ghost_trader", "splitting")
MIX = np.array([0.30, 0.14, 0.20, 0.14, 0.10, 0.12])
# The first four alter items of regular traders; the other two bring declarations of their own.
ITEM_SCHEMES = 4
EXTRA_SHARE = float(MIX[ITEM_SCHEMES:].sum())
