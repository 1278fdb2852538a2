"""How the things of one account are called: names beside ids, fields, values, and times in a zone that is named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from workplaces_core.decision import title
from workplaces_core.policy import DAY_MINUTES, CommonQueue, Interval, Members, Role
from workplaces_core.rules.zones import day_end, local_date, zone
from workplaces_core.wire import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workplaces_core.model import Snapshot, Task
    from workplaces_core.sentences.language import Language

_WHOLE_WEEK = 7
_USERS = ("deal.responsible", "contact.responsible", "company.responsible", "task.responsible")


@frozen
class Wording:
    """One account in one language, at one moment, seen from one zone."""

    language: Language
    snapshot: Snapshot
    at: datetime
    where: ZoneInfo

    def of(self, role: Role | None) -> Wording:
        """Give the wording in the zone of a role; without one, in the account's."""
        return evolve(self, where=zone((role and role.timezone) or self.snapshot.account.timezone))

    def phrase(self, name: str, /, **words: object) -> str:
        """Fill in a phrase of the language."""
        return self.language.phrases[name].format(**words)

    # -- who and what ------------------------------------------------------------------------------------

    def named(self, id_: str, entity: Any) -> str:
        """Put a name beside an id; an entity that is not there is called unknown."""
        if entity is None:
            return self.phrase("unknown", id=self.language.quoted(id_))
        if entity.name.strip() in ("", id_):
            return self.language.quoted(id_)
        return self.phrase("named", name=self.language.quoted(entity.name), id=id_)

    def user(self, id_: str) -> str:
        """Name a user, without quotation marks: people are not titles."""
        known = self.snapshot.users.get(id_)
        if known is None:
            return self.phrase("unknown", id=id_)
        return id_ if known.name.strip() in ("", id_) else self.phrase("named", name=known.name, id=id_)

    def type(self, id_: str) -> str:
        """Name a task type."""
        return self.named(id_, self.snapshot.task_types.get(id_))

    def task(self, id_: str) -> str:
        """Name a task as desks title it."""
        task = self.snapshot.tasks.get(id_)
        if task is None:
            return self.phrase("unknown", id=id_)
        text, _ = title(task, self.snapshot.links(task))
        return self.phrase("named", name=self.language.quoted(text), id=id_) if text.strip() else id_

    def task_line(self, id_: str) -> str:
        """Name a task with its type, due and text, as far as the title does not say it."""
        task = self.snapshot.tasks[id_]
        text, source = title(task, self.snapshot.links(task))
        words = {"title": self.language.quoted(text), "id": id_, "type": self.type_name(task), "due": self.due(task)}
        if source == "task" or task.text.strip() in ("", words["type"]):
            return self.phrase("task line untitled", **words)
        return self.phrase("task line", **words, text=self.language.quoted(task.text))

    def type_name(self, task: Task) -> str:
        """Give the bare name of a task's type, or its id when it has none."""
        known = self.snapshot.task_types.get(task.type)
        return known.name if known is not None and known.name.strip() else task.type

    def pool(self, queue: CommonQueue) -> str:
        """Say whose tasks a common queue takes."""
        if not isinstance(queue.pool, Members):
            return self.phrase("members")
        users = self.language.listed([self.user(each) for each in queue.pool.users])
        groups = self.language.listed([self.named(each, self.snapshot.groups.get(each)) for each in queue.pool.groups])
        lists = (("users", users), ("groups", groups))
        said = [self.phrase(name, names=names) for name, names in lists if names]
        return self.language.listed(said) if said else self.phrase("nobody")

    def intervals(self, intervals: Iterable[Interval]) -> str:
        """Say when intervals are: their ids, days and times."""
        return self.language.listed([self.interval(each) for each in intervals])

    def interval(self, interval: Interval) -> str:
        """Say when an interval is."""
        words = {"start": forms.wall_time_text(interval.start), "end": forms.wall_time_text(interval.end)}
        if interval.rrule is not None and interval.starts_on is not None:
            since = self.language.day(interval.starts_on)
            return self.phrase("interval rrule", id=interval.id, rrule=interval.rrule, date=since, **words)
        return self.phrase("interval days", id=interval.id, days=self.days(interval.days or ()), **words)

    def days(self, days: tuple[int, ...]) -> str:
        """Name days of the week, runs of three and more as a range.

        >>> from workplaces_core.model import Account, Snapshot
        >>> from workplaces_core.sentences.en import ENGLISH
        >>> wording = Wording(ENGLISH, Snapshot(Account("a", "UTC")), datetime(2026, 11, 24), ZoneInfo("UTC"))
        >>> wording.days((0, 1, 2, 3, 5)), wording.days((0, 1))
        ('Mon–Thu, Sat', 'Mon, Tue')
        """
        runs: list[list[int]] = []
        for day in days:
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        return self.language.listed([self._run(run) for run in runs])

    def _run(self, run: list[int]) -> str:
        names = [self.language.weekdays[day] for day in run]
        return f"{names[0]}–{names[-1]}" if len(names) > 2 else self.language.listed(names)  # noqa: PLR2004

    # -- when --------------------------------------------------------------------------------------------

    def instant(self, moment: datetime | str) -> str:
        """Write an instant in the zone, which is named; without its date when that is the one of now."""
        if isinstance(moment, str):
            moment = forms.read_any_instant(moment)
        local, where = self._local(moment)
        name = "moment today" if local.date() == local_date(self.at, self.where) else "moment"
        words = {"date": self.language.day(local), "clock": self.language.clock(local), "zone": where}
        return self.phrase(name, **words)

    def now(self) -> str:
        """Write the moment itself, with its date and weekday."""
        local, where = self._local(self.at)
        words = {"date": self.language.day(local), "clock": self.language.clock(local), "zone": where}
        return self.phrase("now", weekday=self.language.weekday(local), moment=self.phrase("moment", **words))

    def _local(self, moment: datetime) -> tuple[datetime, str]:
        try:
            return moment.astimezone(self.where), self.where.key
        except OverflowError:  # the first or the last day of the calendar
            return moment, "UTC"

    def due(self, task: Task) -> str:
        """Say when a task is due, or for how long it is overdue.

        >>> from datetime import UTC, date
        >>> from workplaces_core.model import Account, Snapshot, Task
        >>> from workplaces_core.sentences.ru import RUSSIAN
        >>> now = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
        >>> wording = Wording(RUSSIAN, Snapshot(Account("a", "Europe/Moscow")), now, ZoneInfo("Europe/Moscow"))
        >>> for due in (date(2026, 11, 22), date(2026, 11, 24), datetime(2026, 11, 24, 7, 49, tzinfo=UTC)):
        ...     print(wording.due(Task("t1", "1", "", "u1", now, due)))
        просрочена на 2 дня
        на сегодня
        срок 10:49 (Europe/Moscow), через 9 минут
        """
        today = local_date(self.at, self.where)
        on = local_date(task.due, self.where) if isinstance(task.due, datetime) else task.due
        if on < today:
            return self.phrase("overdue", duration=self.language.count((today - on).days, "day"))
        if isinstance(task.due, datetime):
            return self._due_at(task.due)
        return self.phrase("due today") if on == today else self.phrase("due on", date=self.language.day(on))

    def _due_at(self, due: datetime) -> str:
        ahead = due - self.at
        if ahead < timedelta(0):
            return self.phrase("overdue", duration=self.language.duration(-ahead.total_seconds()))
        if timedelta(0) < ahead and due < day_end(local_date(self.at, self.where), self.where):
            duration = self.language.duration(ahead.total_seconds())
            return self.phrase("due in", moment=self.instant(due), duration=duration)
        return self.phrase("due at", moment=self.instant(due))

    # -- fields and values -------------------------------------------------------------------------------

    def field(self, path: str) -> str:
        """Name a field: an attribute by its meaning, a declared field by its name, any other by its path."""
        if path in self.language.fields:
            return self.phrase("named", name=self.language.fields[path], id=path)
        entity, _, name = path.partition(".")
        declared = self.snapshot.fields.get((entity, name))
        if declared is None or not declared.name.strip():
            return path
        return self.phrase("named", name=self.language.quoted(declared.name), id=path)

    def value(self, path: str, form: Any) -> str:
        """Write a value of a field, given in field-value form; ids of users and task types are named."""
        match form:
            case None | "" | []:
                return self.phrase("missing value")
            case bool():
                return self.phrase("true" if form else "false")
            case str():
                return self._text(path, form)
            case int() | float():
                return self.language.number(form)
            case {"date": day}:
                return self.language.day(forms.read_any_date(day))
            case {"instant": moment}:
                return self.instant(str(moment))
        return self.language.listed([self.value(path, part) for part in form])

    def _text(self, path: str, text: str) -> str:
        if path in _USERS:
            return self.user(text)
        return self.type(text) if path == "task.type" else self.language.quoted(text)

    def day_range(self, low: int | None, high: int | None) -> str:
        """Say a range of days around today, either end may be open."""
        if low is None and high is None:
            return self.phrase("day range any")
        if low is not None and low == high:
            return self.relative_day(low)
        words = {name: "" if day is None else self.relative_day(day) for name, day in (("low", low), ("high", high))}
        open_ends = {(True, False): "day range open start", (False, True): "day range open end"}
        return self.phrase(open_ends.get((low is None, high is None), "day range"), **words)

    def relative_day(self, days: int) -> str:
        """Say a day by its distance from today."""
        if not days:
            return self.phrase("today")
        return self.phrase("days ahead" if days > 0 else "days ago", days=self.language.count(abs(days), "day"))


def lead_words(language: Language, minutes: int) -> str:
    """Say how long before its time an exact-time task opens: whole hours as such, else minutes."""
    if minutes and minutes % 60 == 0 and minutes < DAY_MINUTES:
        return language.count(minutes // 60, "hour")
    return language.count(minutes, "minute")
