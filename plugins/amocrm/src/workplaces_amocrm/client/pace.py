"""The pace of an account's calls as pure arithmetic: next free slots, rates that shrink and recover, who waits."""

from __future__ import annotations

import json
import math
from typing import Any, Self

from attrs import asdict, evolve, field, frozen

from workplaces_amocrm.client.port import Lane
from workplaces_amocrm.settings import Settings

_EVERYBODY = ""  # the slot of the whole account, beside those of the integrations by name
_LONGEST = 900.0  # a slot further ahead than this comes from a clock that jumped, and is not waited for
_GRACE = 1.0  # how long past its turn a waiting call counts as waiting, in case its process died
_TICK = 1e-5  # the shortest wait: clocks count microseconds, and a shorter one might not move them
_MOST = 10  # so many calls are remembered: enough to make up for late ones, and few to write down each time
_STAND_BACK = 0.02  # how soon a background call looks again whether the employee's call has gone


@frozen
class Rates:
    """The rates of the settings, calls a second, and how they give way."""

    integration: float
    account: float
    headroom: float = 0.0
    floor: float = 0.5
    recovery: float = 0.1
    pause: float = 1.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the rates out of settings."""
        return cls(
            integration=settings.integration_rate,
            account=settings.account_rate,
            headroom=settings.rate_headroom,
            floor=min(settings.rate_floor, settings.integration_rate),
            recovery=settings.rate_recovery,
            pause=settings.rate_pause_seconds,
        )


@frozen
class Pace:
    """What the calls of an account so far leave for the next ones. Instants are seconds since 1970.

    Slots stand `1 / rate` apart. A process that wakes up late for its slot leaves the next one where it was, so that
    under load the rate is still reached; but only one slot is caught up with, and the last calls themselves are
    remembered: no window of a second holds more of them than the rate says.
    """

    slots: dict[str, float] = field(factory=dict)
    """When the next call may be made: by integration, and by the whole account under the empty name."""
    calls: dict[str, tuple[float, ...]] = field(factory=dict)
    """When the last calls were made, likewise, the latest last."""
    slowed_to: dict[str, tuple[float, float]] = field(factory=dict)
    """By integration: the rate after the last 429, and when that was."""
    wanted: dict[str, float] = field(factory=dict)
    """Tickets of calls that employees wait for, and until when each counts as waiting."""
    blocked: str | None = None
    """Why nobody may call, None when calls may be made."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `text` wrote; whatever is unreadable counts as not written, except that a block stays a block."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(found, dict):
            return cls()
        blocked = found.get("blocked")
        return cls(
            slots=_instants(found.get("slots")),
            calls=_calls(found.get("calls")),
            slowed_to=_slowed(found.get("slowed_to")),
            wanted=_instants(found.get("wanted")),
            blocked=None if blocked is None else str(blocked),
        )

    def text(self) -> str:
        """Write it as the text of a cell."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def rate(self, integration: str, now: float, rates: Rates) -> float:
        """Give the calls a second an integration may make, which grows back after a 429."""
        low, since = self.slowed_to.get(integration, (rates.integration, now))
        return min(rates.integration, low + rates.recovery * max(0.0, now - since))

    def wait(self, integration: str, lane: Lane, ticket: str, now: float, rates: Rates) -> float:
        """Give for how many seconds a call has to stand back, 0 when it may go.

        >>> rates = Rates(7, 50)
        >>> Pace(slots={"a": 10.1}).wait("a", "bulk", "t1", 10.0, rates) > 0
        True
        >>> Pace().wait("a", "bulk", "t1", 10.0, rates)
        0.0
        """
        free = (self._free(name, now, rate, rates) for name, rate in self._limits(integration, now, rates))
        ahead = max(free) - now
        wait = max(ahead, _TICK) if 0 < ahead <= _LONGEST else 0.0
        others = any(until > now for waiting, until in self.wanted.items() if waiting != ticket)
        return max(wait, _STAND_BACK) if lane == "bulk" and others else wait

    def taken(self, integration: str, ticket: str, now: float, rates: Rates) -> Self:
        """Give the pace after a call at `now`."""
        slots, calls = dict(self.slots), dict(self.calls)
        for name, rate in self._limits(integration, now, rates):
            apart = (1 + rates.headroom) / rate
            slots[name] = max(min(slots.get(name, now), now), now - apart) + apart
            calls[name] = (*self.calls.get(name, ()), now)[-_remembered(rate) :]
        wanted = {waiting: until for waiting, until in self.wanted.items() if waiting != ticket and until > now}
        return evolve(self, slots=slots, calls=calls, wanted=wanted)

    def _limits(self, integration: str, now: float, rates: Rates) -> tuple[tuple[str, float], ...]:
        return (integration, self.rate(integration, now, rates)), (_EVERYBODY, rates.account)

    def _free(self, name: str, now: float, rate: float, rates: Rates) -> float:
        """Give when a call may be made: at its slot, and not as one too many within the time of the last ones."""
        slot, count = self.slots.get(name, now), _remembered(rate)
        calls = self.calls.get(name, ())
        if len(calls) < count:
            return slot
        return max(slot, calls[-count] + count * (1 + rates.headroom) / rate)

    def announced(self, ticket: str, turn: float) -> Self:
        """Give the pace with a call that an employee waits for, whose turn comes at `turn`."""
        return evolve(self, wanted=self.wanted | {ticket: turn + _GRACE})

    def slowed(self, integration: str, now: float, retry_after: float | None, rates: Rates) -> Self:
        """Give the pace after a 429: half the rate, and a pause that is longer the lower the rate is already.

        Calls that were under way together are answered 429 together: they halve the rate once, not each.
        """
        low, since = self.slowed_to.get(integration, (rates.integration, -math.inf))
        once = 0 <= now - since < rates.pause
        rate = low if once else max(rates.floor, self.rate(integration, now, rates) / 2)
        pause = rates.pause * rates.integration / rate / 2 if retry_after is None else retry_after
        slot = max(self.slots.get(integration, now), now + min(pause, _LONGEST))
        return evolve(
            self,
            slots=self.slots | {integration: slot},
            slowed_to=self.slowed_to | {integration: (rate, since if once else now)},
        )


def _remembered(rate: float) -> int:
    """Give of how many calls the time is kept: those of a second, where it are not too many."""
    return min(math.ceil(rate), _MOST)


def _is_instant(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _instants(found: Any) -> dict[str, float]:
    return {name: at for name, at in found.items() if _is_instant(at)} if isinstance(found, dict) else {}


def _calls(found: Any) -> dict[str, tuple[float, ...]]:
    lists = found.items() if isinstance(found, dict) else ()
    return {name: tuple(filter(_is_instant, calls)) for name, calls in lists if isinstance(calls, list)}


def _slowed(found: Any) -> dict[str, tuple[float, float]]:
    pairs = found.items() if isinstance(found, dict) else ()
    return {
        name: (pair[0], pair[1])
        for name, pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(map(_is_instant, pair)) and pair[0] > 0  # noqa: PLR2004
    }
