"""Pure: one declaration in, one assessment out. The engine owns all learned state of one input partition."""
