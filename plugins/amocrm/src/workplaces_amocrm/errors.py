"""What can go wrong with amoCRM, by what helps: try again, wait, ask for consent, or call a person."""

from __future__ import annotations

from collections.abc import Sequence

from workplaces_core.errors import CrmUnavailable, NotAllowed, Problem, WorkError


class Unreachable(CrmUnavailable):
    """No answer, a broken one, or a 5xx: trying again later may help. Whether a write took effect is not known."""


class NotSent(Unreachable):
    """No connection came about: a write certainly had no effect."""


class TurnTooLate(NotSent):
    """The next free slot of the rate budget is further away than an employee is to wait: nothing was sent."""


class RateLimited(CrmUnavailable):
    """429: more calls in a second than allowed, by us or by others in the same account."""


class BatchTooLarge(CrmUnavailable):
    """504: too many entities in one call; half as many may pass."""


class ConsentNeeded(NotAllowed):
    """The tokens are of no use any more: an administrator of the account has to consent again."""


class AccountBlocked(NotAllowed):
    """403 for the whole account after repeated rate violations: nothing is sent any more until a person has acted."""


class NotPaid(NotAllowed):
    """402: the account is not paid."""


class NoRights(NotAllowed):
    """403 for one call: the user of the token must not do this."""


class NoSuchThing(WorkError):
    """404: neither the path nor the entity is there."""


class Refused(WorkError):
    """400 or 422: what was sent is not accepted; `problems` lists what amoCRM says of it."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
