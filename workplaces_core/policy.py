"""What a supervisor sets up: roles with members, weekly intervals and ordered priorities, all frozen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import field, frozen

from workplaces_core.model import FieldValue, Id, ZoneName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Constant = Any
"""What a leaf compares with; its shape is set by the op's `Operand`."""

Operand = Literal["scalar", "scalars", "ordered", "range", "text", "texts", "day range", "true"]
Bucket = Literal["overdue", "today"]
Direction = Literal["asc", "desc"]
WallTime = Annotated[int, "wall time"]
"""Minutes after local midnight, 0 to 1440 (24:00)."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TASK_PATHS = ("text", "responsible", "created", "type")
MAX_NESTING = 64
DAY_MINUTES = 24 * 60

OPERANDS: dict[str, Operand] = {
    "eq": "scalar", "in": "scalars",
    "lt": "ordered", "le": "ordered", "gt": "ordered", "ge": "ordered", "between": "range",
    "contains": "text", "starts_with": "text",
    "has_any": "texts", "has_all": "texts",
    "days": "day range", "is_set": "true",
}  # fmt: skip


@frozen
class ConditionOp:
    """A plugin's comparison: a pure function of a present field value and a constant.

    `test` answers True, False, or None when the value has the wrong kind (an error, the third truth value).
    `operand` says which constants loading admits; raise `version` when the meaning changes.
    """

    name: str
    version: int
    operand: Operand
    test: Callable[[FieldValue, Constant], bool | None]


@frozen
class OrderOp:
    """A plugin's order key: a pure function from a field value (None when missing) to a tuple of ints and texts."""

    name: str
    version: int
    rank: Callable[[FieldValue | None], tuple[int | str, ...]]


@frozen
class RuleSet:
    """The condition ops and order keys that plugins brought, by name."""

    ops: dict[str, ConditionOp] = field(factory=dict)
    order: dict[str, OrderOp] = field(factory=dict)


@frozen
class Leaf:
    """One comparison of a field with a constant; `custom` is set when a plugin brought the op."""

    field: str
    op: str
    value: Constant
    custom: ConditionOp | None = None


@frozen
class All:
    """True when every part is; the empty one is true."""

    parts: tuple[Condition, ...]


@frozen
class AnyOf:
    """True when some part is; the empty one is false."""

    parts: tuple[Condition, ...]


@frozen
class Not:
    """True when its part is false; an error stays an error."""

    part: Condition


Condition = Leaf | All | AnyOf | Not


def leaves(condition: Condition | None, path: str = "where") -> Iterator[tuple[str, Leaf]]:
    """List the leaves of a condition in tree order, each with its path inside the priority.

    >>> tree = All((Leaf("deal.price", "is_set", True), Not(Leaf("deal.tags", "has_any", ("vip",)))))
    >>> [path for path, leaf in leaves(tree)]
    ['where.all[0]', 'where.all[1].not']
    """
    match condition:
        case Leaf():
            yield path, condition
        case All() | AnyOf():
            name = "all" if isinstance(condition, All) else "any"
            for number, part in enumerate(condition.parts):
                yield from leaves(part, f"{path}.{name}[{number}]")
        case Not():
            yield from leaves(condition.part, f"{path}.not")


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


@frozen
class Members:
    """Users listed by id or by one of their groups."""

    users: tuple[Id, ...] = field(default=(), converter=_sorted)
    groups: tuple[Id, ...] = field(default=(), converter=_sorted)


@frozen
class CommonQueue:
    """Tasks of a pool of responsibles, for whoever responds first.

    `pool` is `anyone`, `members` (the role's) or a list of its own; `transfer_linked` makes linked contacts change
    hands too.
    """

    pool: Literal["anyone", "members"] | Members = "anyone"
    transfer_linked: bool = False


@frozen
class OrderKey:
    """One key of a priority's order, by a field; `custom` is set when a plugin brought the key."""

    by: str
    field: str
    direction: Direction = "asc"
    custom: OrderOp | None = None


@frozen
class Interval:
    """Weekly working time: on `days` (0 is Monday), or on the dates of `rrule` counted from `starts_on`.

    An `end` before `start` lies on the next date.
    """

    id: Id
    start: WallTime
    end: WallTime
    days: tuple[int, ...] | None = None
    rrule: str | None = None
    starts_on: date | None = None

    @property
    def crosses_midnight(self) -> bool:
        """Whether the interval ends on the date after its start."""
        return self.end < self.start


@frozen
class ExactTime:
    """Tasks with an exact time go first, from `lead_minutes` before they are due."""

    lead_minutes: int = 5


@frozen
class Priority:
    """One ordered rule of a role: which tasks it takes, in which order; `intervals` None means all of the role's."""

    id: Id
    name: str
    intervals: tuple[Id, ...] | None = None
    task_types: tuple[Id, ...] = field(default=(), converter=_sorted)
    where: Condition | None = None
    first: Bucket = "overdue"
    order: tuple[OrderKey, ...] = ()
    common_queue: CommonQueue | None = None


@frozen
class Role:
    """A position and its settings. `timezone` None means the account's."""

    id: Id
    name: str
    enabled: bool = True
    timezone: ZoneName | None = None
    members: Members = Members()
    days_off: tuple[date, ...] = field(default=(), converter=_sorted)
    intervals: tuple[Interval, ...] = ()
    exact_time: ExactTime | None = None
    priorities: tuple[Priority, ...] = ()

    def intervals_of(self, priority: Priority) -> tuple[Interval, ...]:
        """Give the intervals in which a priority is active."""
        if priority.intervals is None:
            return self.intervals
        return tuple(interval for interval in self.intervals if interval.id in priority.intervals)


@frozen
class Policy:
    """All roles, published as a whole under a version that only grows."""

    version: int
    roles: tuple[Role, ...]
    days_off: tuple[date, ...] = field(default=(), converter=_sorted)
