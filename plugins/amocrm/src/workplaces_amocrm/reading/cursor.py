"""Where reading of changes goes on from, as a text."""

from __future__ import annotations

import json
from typing import Any, Self

import attrs
from attrs import field, frozen

from workplaces_core.errors import CursorLost

_FORM = "amocrm1:"
_NUMBERS = ("since", "until", "stage", "part", "page", "swept", "listed", "turn")


def _is_time(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{attribute.name}: `{value}` must be a whole number that is not negative")


@frozen(kw_only=True)
class Cursor:
    """Where reading of changes goes on from; all times are unix seconds.

    `account` is whose; `since` when the last complete round began. A round under way began at `until`, 0 for none, and
    goes on with page `page` of part `part` of stage `stage`. `swept` is when the last sweep was complete, `listed` when
    the directory was read last. `turn` counts, so that no two cursors in a row are the same text.

    >>> Cursor.load(Cursor(account="5", since=1575364851).dump(), "5").since
    1575364851
    """

    account: str
    since: int = field(validator=_is_time)
    until: int = field(default=0, validator=_is_time)
    stage: int = field(default=0, validator=_is_time)
    part: int = field(default=0, validator=_is_time)
    page: int = field(default=1, validator=_is_time)
    swept: int = field(default=0, validator=_is_time)
    listed: int = field(default=0, validator=_is_time)
    turn: int = field(default=0, validator=_is_time)

    def dump(self) -> str:
        """Write it as a text."""
        content = {name: getattr(self, name) for name in _NUMBERS}
        return _FORM + json.dumps({"account": self.account, **content}, separators=(",", ":"))

    @classmethod
    def load(cls, text: str, account: str) -> Self:
        """Read a text. Raises CursorLost when it is of another account, or no cursor of ours at all."""
        try:
            # What does not begin with the form is left as it is, and then is no JSON.
            found = cls(**json.loads(text.removeprefix(_FORM) if text.startswith(_FORM) else "none of ours"))
        except (ValueError, TypeError) as error:
            raise CursorLost(f"`{text[:60]}` is no cursor of an amoCRM account: {error}") from None
        if found.account != account:
            raise CursorLost(f"the cursor is of account `{found.account}`, this one is `{account}`")
        return found
