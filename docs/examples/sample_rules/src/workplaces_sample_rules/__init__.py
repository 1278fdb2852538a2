"""A condition op and an order key: the example of a plugin with rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_core.policy import ConditionOp, OrderOp

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import RuleRegistrar
    from workplaces_core.model import FieldValue


def email_domain(value: FieldValue, domains: tuple[str, ...]) -> bool | None:
    """Tell whether an e-mail address, or one of several, belongs to one of some domains.

    >>> email_domain("Bob@Acme.com", ("acme.com",)), email_domain("none", ("acme.com",)), email_domain(5, ("acme.com",))
    (True, False, None)
    """
    addresses = (value,) if isinstance(value, str) else value
    if not isinstance(addresses, tuple):
        return None  # neither a text nor a list of texts: an error, which admits no task
    found = {address.rpartition("@")[2].casefold() for address in addresses if "@" in address}
    return not found.isdisjoint(domain.casefold() for domain in domains)


def alphabetical(value: FieldValue | None) -> tuple[int | str, ...]:
    """Rank texts as a dictionary does, whatever their case; everything else comes after them.

    >>> sorted(["beta", None, "Alpha", 5, "alpha"], key=alphabetical)
    ['Alpha', 'alpha', 'beta', None, 5]
    """
    return (0, value.casefold()) if isinstance(value, str) else (1,)


@hookimpl
def workplaces_register_rules(registrar: RuleRegistrar) -> None:
    """Register both; raise a version when the meaning of one changes."""
    registrar.add_condition_op(ConditionOp("email_domain", version=1, operand="texts", test=email_domain))
    registrar.add_order_key(OrderOp("alphabetical", version=1, rank=alphabetical))
