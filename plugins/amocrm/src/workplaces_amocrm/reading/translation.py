"""Records made entities, and what could not be: which records are set aside, until they are read well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, define, field

from workplaces_amocrm.reading.fetching import Name
from workplaces_amocrm.translate import work
from workplaces_amocrm.translate.rules import Rules, Translated
from workplaces_core.changes import Change, Kind, Remove, Set
from workplaces_core.errors import Problem

KIND: dict[Name, Kind] = {"tasks": "task", "leads": "deal", "contacts": "contact", "companies": "company"}
NAME: dict[str, Name] = {kind: name for name, kind in KIND.items()}

_READERS: dict[Name, Callable[[Any, Rules], Translated]] = {
    "tasks": work.task,
    "leads": work.deal,
    "contacts": work.contact,
    "companies": work.company,
}
_MOST = 10_000


@define
class Aside:
    """What could not be translated, by record; at most 10,000 records of one account are remembered.

    >>> aside = Aside()
    >>> aside.note("tasks", Translated("7", None, (Problem("tasks[7].text", 1, "must be a text"),)))
    >>> [str(problem) for problem in aside.problems()]
    ['tasks[7].text: `1` must be a text']
    >>> aside.note("tasks", Translated("7", None))
    >>> aside.problems()
    []
    """

    _problems: dict[tuple[str, str], tuple[Problem, ...]] = Factory(dict)

    def note(self, name: str, read: Translated) -> None:
        """Note what was wrong with a record, or that nothing is any more."""
        if not read.problems:
            if self._problems:
                self._problems.pop((name, read.id), None)
        elif len(self._problems) < _MOST or (name, read.id) in self._problems:
            key = (name, read.id or read.problems[0].path)
            self._problems[key] = read.problems

    def forget(self, names: Iterable[str]) -> None:
        """Forget all about some lists, before they are read from the beginning."""
        gone = set(names)
        self._problems = {key: problems for key, problems in self._problems.copy().items() if key[0] not in gone}

    def problems(self) -> list[Problem]:
        """List what is known now, in the order in which it was met."""
        return [problem for problems in self._problems.copy().values() for problem in problems]


@define
class Translation:
    """Translates lists of records by the rules of one account."""

    rules: Rules
    aside: Aside = field(factory=Aside)

    def sets(self, name: Name, records: Iterable[Any]) -> Iterator[Set]:
        """Give the entities of records; what cannot be translated is noted and left out."""
        kind, reader = KIND[name], _READERS[name]
        for record in records:
            read = reader(record, self.rules)
            self.aside.note(name, read)
            if read.value is not None:
                yield Set(kind, read.value)

    def changes(self, name: Name, ids: Iterable[int], records: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
        """Give the state of entities that were asked for: what is not there, or cannot be translated, is removed."""
        kind = KIND[name]
        given = set()
        for change in self.sets(name, records):
            given.add(change.value.id)  # type: ignore[union-attr]
            yield change
        for each in ids:
            if str(each) not in given:
                yield Remove(kind, str(each))
