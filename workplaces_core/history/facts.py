"""Tasks as columns: what decisions read of them, encoded once, a row a task (or a version of one)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.history.columns import Coded, Column
from workplaces_core.history.extra import Array, np, pa
from workplaces_core.policy import leaves
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import day_end, local_date, zone

if TYPE_CHECKING:
    from workplaces_core.policy import Leaf, OrderKey, Policy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**62


@frozen(eq=False)
class ByPlace:
    """Rows by (due, created, id): the place of every row, and the row at every place."""

    places: Array
    rows: Array


@frozen(eq=False)
class Facts:
    """Tasks as columns. `due` is an instant in microseconds, or, where `all_day`, the number of a date.

    `ids` may hold an id several times, once a version; then rows of one id come in the order of their versions.
    """

    ids: Sequence[str]
    types: Coded
    people: Coded
    created: Array
    due: Array
    all_day: Array
    columns: dict[str, Column]
    _days: dict[str, Array] = field(factory=dict)
    _places: dict[str, ByPlace] = field(factory=dict)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.due)

    def column(self, path: str) -> Column:
        """Give the column of a path."""
        return {"task.type": self.types, "task.responsible": self.people}.get(path) or self.columns[path]

    def due_days(self, zone_name: str) -> Array:
        """Give the number of the local date on which each task is due."""
        if zone_name not in self._days:
            where = zone(zone_name)
            exact = ~self.all_day
            days = self.due.astype(np.int32)
            days[exact] = _told(self.due[exact], lambda moment: local_date(instant(moment), where).toordinal())
            self._days[zone_name] = days
        return self._days[zone_name]

    def places(self, zone_name: str) -> ByPlace:
        """Order all rows by (due, created, id), an all-day task just before its local day ends."""
        if zone_name not in self._places:
            where = zone(zone_name)
            due = self.due * 2
            # Just before the end: half a microsecond, so that instants are even and ends of days odd.
            due[self.all_day] = _told(
                self.due[self.all_day], lambda day: 2 * microseconds(day_end(date.fromordinal(day), where)) - 1
            )
            self._places[zone_name] = self._ordered(due)
        return self._places[zone_name]

    def _ordered(self, due: Array) -> ByPlace:
        distinct, codes = coded(due)
        del due
        first = int(self.created.min()) if len(self) else 0
        span = int(self.created.max()) - first + 1 if len(self) else 1
        if len(distinct) * span < _LARGEST:
            key = np.argsort(np.argsort(distinct))[codes]
            del codes
            key *= span
            key += self.created
            key -= first
            rows = np.argsort(key)
            self._settle_ties(key, rows)
        else:
            ranks = np.argsort(np.argsort(distinct))[codes]
            rows = np.lexsort((self._id_places(range(len(self))), self.created, ranks))
        return placed(rows)

    def _settle_ties(self, key: Array, rows: Array) -> None:
        """Order rows of one due and one moment of creation by id; they are few."""
        ordered = key[rows]
        tied = np.flatnonzero(ordered[1:] == ordered[:-1])
        if not len(tied):
            return
        both = np.zeros(len(rows), dtype=bool)
        both[tied] = both[tied + 1] = True
        at = np.flatnonzero(both)
        ids = self._id_places(rows[at].tolist())
        rows[at] = rows[at][np.lexsort((rows[at], ids, ordered[at]))]

    def _id_places(self, rows: Iterable[int]) -> Array:
        ids = [str(self.ids[row]) for row in rows]
        places = {id_: place for place, id_ in enumerate(sorted(set(ids)))}
        return np.array([places[id_] for id_ in ids], dtype=np.int64)


def instant(moment: int) -> datetime:
    """Give the instant of a whole number of microseconds."""
    return _EPOCH + timedelta(microseconds=moment)


def coded(values: Array) -> tuple[Array, Array]:
    """Give the distinct values, as they come, and the number of each row's: by hashing, for sorting takes longer."""
    encoded = pa.array(values).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy()


def placed(rows: Array) -> ByPlace:
    """Give the places of rows in an order."""
    places = np.empty(len(rows), dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    return ByPlace(places, rows.astype(np.int32))


def _told(values: Array, tell: Callable[[int], int]) -> Array:
    """Ask for every distinct value once."""
    distinct, codes = coded(values)
    return np.array([tell(value) for value in distinct.tolist()], dtype=np.int64)[codes]


def paths_of(*policies: Policy) -> list[str]:
    """List the paths that conditions and order keys of policies read, sorted.

    >>> from workplaces_core.policy import Leaf, Policy, Priority, Role
    >>> vip = Priority("p1", "", where=Leaf("deal.vip", "eq", True))
    >>> paths_of(Policy(1, (Role("r1", "Sales", priorities=(vip,)),)))
    ['deal.vip']
    """
    return sorted({part.field for policy in policies for part in _parts(policy)})


def paths_of_plugins(*policies: Policy) -> list[str]:
    """List those of them that condition ops and order keys of plugins read."""
    return sorted({part.field for policy in policies for part in _parts(policy) if part.custom is not None})


def _parts(policy: Policy) -> Iterator[Leaf | OrderKey]:
    for role in policy.roles:
        for priority in role.priorities:
            yield from (leaf for _, leaf in leaves(priority.where))
            yield from priority.order


def due_of(value: Any) -> tuple[int, bool]:
    """Give a due as a number, and whether it is a whole day."""
    return (microseconds(value), False) if isinstance(value, datetime) else (value.toordinal(), True)
