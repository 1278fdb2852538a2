"""Lists of tasks, deals, contacts and companies, and how to read one from its last page to the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from workplaces_amocrm.client.pages import Listing, Page
from workplaces_amocrm.client.port import Params
from workplaces_amocrm.reading.ahead import ahead
from workplaces_amocrm.settings import Settings

ROOT = "/api/v4"
OPEN: Params = (("filter[is_completed]", "0"),)

ReadPage = Callable[[int], Page | None]
"""Reads a page of one list by its number; None when it is past the end."""


def entities(settings: Settings, name: str, params: Params = ()) -> Listing:
    """Describe a list of the API, in the order of ids."""
    return Listing.of(settings, f"{ROOT}/{name}", name, tuple(params))


def updated(*, since: int | None = None, until: int | None = None) -> Params:
    """Spell a filter by the time of the last change, both ends included, in unix seconds.

    A list that ends at `until`, a time that is past, only ever loses rows: whatever happens to an entity gives it a
    later `updated_at`, and so takes it out. Read from the last page to the first, such a list is read whole.

    >>> updated(since=5, until=7)
    (('filter[updated_at][from]', '5'), ('filter[updated_at][to]', '7'))
    """
    ends = (("from", since), ("to", until))
    return tuple((f"filter[updated_at][{end}]", str(at)) for end, at in ends if at is not None)


def several(name: str, values: Iterable[object], settings: Settings) -> Params:
    """Spell a filter by several values.

    >>> several("filter[id]", [7, 8], Settings(base_url="http://localhost", array_spelling="indexed"))
    (('filter[id][0]', '7'), ('filter[id][1]', '8'))
    """
    indexed = settings.array_spelling == "indexed"
    return tuple((f"{name}[{number if indexed else ''}]", str(value)) for number, value in enumerate(values))


def backwards(read: ReadPage, last: int, width: int) -> Iterator[Page]:
    """Read pages from `last` down to the first, up to `width` of them under way at a time; an empty one is given too.

    What leaves a list while it is read makes all that stands behind it move to the front. Whoever reads on to the end
    misses what moves onto a page that he has behind him; whoever reads on to the front meets it once more. What enters
    moves the others the other way, so this is safe for a list that nothing can enter: see `updated`.

    Of pages that are under way together, an earlier one may be answered first; a row that leaves in just that moment
    can then hide the one that moves between the two, until a sweep finds it. With a `width` of 1 this cannot happen.
    """
    for number, page in zip(
        range(last, 0, -1),
        ahead((partial(read, number) for number in range(last, 0, -1)), width),
        strict=False,
    ):
        yield Page(number, ()) if page is None else page


def last_page(read: ReadPage) -> tuple[int, Page | None]:
    """Find the number of the last page that holds anything, 0 when none does; with the page if it is the only one.

    A list does not tell its length, so this looks at four times the distance each time, then halfway between: some two
    calls for each doubling of the list. It asks for whole pages, as a server may have a size of its own for them.
    """
    first = read(1)
    if first is None or first.last:
        return (0 if first is None else 1), first
    low, high = 1, 4
    while read(high) is not None:
        low, high = high, high * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if read(middle) is not None else (low, middle)
    return low, first if low == 1 else None
