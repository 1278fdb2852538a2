"""Findings of `check` in words: English is what they say themselves, Russian stands here by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.errors import shown
from workplaces_core.sentences.ru import RUSSIAN

if TYPE_CHECKING:
    from workplaces_core.answers import Finding

IN_RUSSIAN = {
    "unknown_user": "пользователя {id} нет в справочнике, укажите того, кто в нём есть",
    "unknown_group": "группы {id} нет в справочнике, укажите ту, что в нём есть",
    "unknown_type": "типа задач {id} нет в справочнике, укажите тот, что в нём есть",
    "unknown_field": "поля {field} нет ни в справочнике, ни в данных, укажите поле из CRM",
    "unknown_option": "у поля {field} нет варианта {value}, укажите один из его вариантов",
    "unknown_interval": "в роли нет интервала {id}, укажите один из её интервалов",
    "undeclared_field": "поле {field} есть в данных, но не описано, опишите его в CRM",
    "wrong_kind": "{value} при {op} не подходит к полю {field}: в нём {kind}; сравните его с тем, что в нём бывает",
    "eq_on_list": "{op} никогда не верно для поля {field}: в нём список текстов; возьмите has_any или has_all",
    "order_not_sortable": "в поле {field} {kind}, все они считаются равными; упорядочьте по числу или дате",
    "never_matches intervals": "у приоритета нет интервала, который ещё наступит, дайте ему такой",
    "never_matches condition": "условие приоритета никогда не верно, исправьте то, что исключает само себя",
    "shadowed": "приоритет не возьмёт ни одной задачи, их забирают те, что выше: {by}; поднимите его или сузьте те",
    "role_without_members": "в роли никого нет, добавьте действующих пользователей или группы",
    "role_without_intervals": "у роли нет интервалов, она никогда не действует; добавьте рабочее время",
    "role_without_priorities": "у роли нет приоритетов, она не выдаёт задач; добавьте хотя бы один",
    "many_roles": "сотрудников, у которых больше 8 включённых ролей: {count}, например {examples}",
    "interval_never_occurs": "интервал больше не наступит, исправьте его даты или удалите его",
    "roles_overlap": "роль {role} действует одновременно с {other} выше ({who}); её дают, лишь когда в той нет задач",
    "clock_change": "из-за перевода часов интервал изменится: {examples}; учтите это в сменах",
    "midnight_crossing": "интервал переходит через полночь, а точное время действует до конца суток; разделите его "
    "там, если ночью бывает точное время",
    "exact_time_between_intervals": "задач с точным временем, когда роль {role} не действует до конца дня: {count}, "
    "например {examples}; перенесите их или продлите интервал",
    "tasks_not_covered": "открытых задач, которые никогда не выдаются: {count}, например {examples}; добавьте для них "
    "приоритет или сотрудников",
    "deal_in_doubt": "роль {role} спрашивает о сделке у задач, у контакта или компании которых сделок несколько и "
    "поэтому нет ни одной: {count}, например {examples}; привяжите их к сделке",
    "condition_errs": "сравнение не работает на открытых задачах, где в поле значение другого вида: {count}, например "
    "{examples}; сравните с тем, что в поле бывает, или исправьте данные",
    "dangling_reference": "записей, в которых {reference} указывает на то, чего нет в снимке: {count}, например "
    "{missing}; это не считается никем и ничем, пока CRM его не отдаст",
    "value_of_other_kind": "поле {field} описано как {kind}, но значений другого вида в нём {count} ({found}); "
    "исправьте значения или описание",
}
"""Sentences by code, and where a code has several by its reason too."""


_OURS = frozenset({"field", "op", "reference"})
"""Details whose values are names of ours, and no texts of the account."""


def finding_sentence(found: Finding, *, language: str = "en") -> str:
    """Put a finding into words: its own message, or in Russian a sentence of the same meaning.

    >>> from workplaces_core.answers import Finding
    >>> found = Finding("unknown_user", "roles[0].members.users[0]", "error", "`u9` is ...", {"id": "u9"})
    >>> finding_sentence(found), finding_sentence(found, language="ru")
    ('`u9` is ...', 'пользователя `"u9"` нет в справочнике, укажите того, кто в нём есть')
    """
    if language != RUSSIAN.name:
        return found.message
    sentence = IN_RUSSIAN.get(found.code) or IN_RUSSIAN[f"{found.code} {found.details['reason']}"]
    return sentence.format_map(_words(found.details))


def _words(details: dict[str, Any]) -> dict[str, str]:
    words = {name: _word(name, value) for name, value in details.items()}
    people, groups = details.get("examples"), details.get("groups")
    words["who"] = f"группы {words['groups']}" if groups and not people else words.get("examples", "")
    return words


def _word(name: str, value: Any) -> str:
    if name == "count":
        return RUSSIAN.number(value)
    if name in {"kind", "found"}:
        return " или ".join(RUSSIAN.kinds[each] for each in (value if isinstance(value, list) else [value]))
    if name in _OURS:
        return f"`{value}`"
    if isinstance(value, list):
        return ", ".join(_change(each) if isinstance(each, dict) else f"`{shown(each)}`" for each in value)
    return f"`{shown(value)}`"


def _change(change: dict[str, Any]) -> str:
    minutes = change["minutes"]
    return f"{change['date']} {'длиннее' if minutes > 0 else 'короче'} на {RUSSIAN.count(abs(minutes), 'minute')}"
