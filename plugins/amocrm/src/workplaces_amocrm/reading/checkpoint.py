"""How far a full reading is, as a text that survives a crash: reading on from it loses nothing."""

from __future__ import annotations

import json
from typing import Any, Self

from attrs import frozen

from workplaces_amocrm.reading.hanging import OWNERS, Hanging
from workplaces_amocrm.reading.packing import packed, unpacked
from workplaces_core.errors import CursorLost

FORMAT = "workplaces-amocrm/checkpoint/1"


@frozen(kw_only=True)
class Checkpoint:
    """How far a full reading is.

    `account` is whose; `cursor` that of the moment before the reading began; `page` the page of open tasks to read
    next, of `pages` in all, None before the first, 0 when only those are left that changed since, and -1 when none is;
    `hanging` what is still to be read with them.
    """

    account: str
    cursor: str
    page: int | None
    pages: int
    hanging: Hanging

    def dump(self) -> str:
        """Write it as a text, some bytes for each id that is known so far."""
        groups = {name: packed(ids) for name, ids in _groups(self.hanging).items()}
        content = {"format": FORMAT, "account": self.account, "cursor": self.cursor, "page": self.page}
        return json.dumps(content | {"pages": self.pages, "ids": groups})

    @classmethod
    def load(cls, text: str, account: str) -> Self:
        """Read a text. Raises CursorLost when it is of another account, or none at all."""
        try:
            content = json.loads(text)
            hanging = Hanging()
            for name, ids in _groups(hanging).items():
                ids.update(unpacked(content["ids"][name]))
            found = cls(
                account=content["account"],
                cursor=content["cursor"],
                page=content["page"],
                pages=content["pages"],
                hanging=hanging,
            )
        except (ValueError, KeyError, TypeError):
            raise CursorLost(f"`{text[:60]}` is no checkpoint of a reading, read from the beginning") from None
        if content.get("format") != FORMAT or found.account != account:
            raise CursorLost(f"the checkpoint is of account `{found.account}`, not of `{account}`")
        return found


def _groups(hanging: Hanging) -> dict[str, set[int]]:
    """Name every set of ids; the sets are those of the object, not copies."""
    groups: dict[str, Any] = {"leads": hanging.leads}
    for name in OWNERS:
        groups[f"subjects.{name}"] = hanging.subjects[name]
        groups[f"others.{name}"] = hanging.others[name]
    return groups | {f"given.{name}": ids for name, ids in hanging.given.items()}
