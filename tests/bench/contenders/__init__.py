"""Who is compared: the engine, the baselines, and what bounds them."""

from tests.bench.cases import Floats


def heads(target: str, p: Floats, duty: Floats) -> dict[str, Floats]:
    """The heads that a probability stands for: `critical`, or `non_compliance` and the revenue it puts at risk."""
    return {"critical": p} if target == "critical" else {"non_compliance": p, "revenue_at_risk": p * duty}
