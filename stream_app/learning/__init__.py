"""Pure learning parts: bounded tables, decayed statistics, rates, p-values, selection. Time comes in with the record."""
