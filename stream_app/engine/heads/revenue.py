"""Duty at stake: what a finding may cost the treasury, for the revenue head."""

from stream_app.contracts.declaration import Declaration, GoodsItem


def duty_at_stake(declaration: Declaration, item: GoodsItem) -> float | None:
    """In accounting currency: the duty assessed where it is declared, else customs value times rate; None where neither is known.

    Duty that was declared is a proxy of duty evaded: whoever misdeclares much of a lot evades more of it.
    """
    if item.duty_amount is not None:
        return item.duty_amount * declaration.exchange_rate
    if item.customs_value is None or item.duty_rate_percent is None:
        return None
    return item.customs_value * item.duty_rate_percent / 100.0 * declaration.exchange_rate
