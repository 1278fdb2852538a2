"""Russian, in the terms that amoCRM's people use."""

from __future__ import annotations

from workplaces_core.sentences.language import Language

_CODES = {
    "completed": "задача уже выполнена",
    "leased": "задача в работе до {until}: {by}",
    "current": "это текущая задача сотрудника {user}",
    "skipped": "задача пропущена до {until}: {user}",
    "role_disabled": "роль выключена",
    "not_a_member": "{user} не входит в роль",
    "not_a_member unknown": "{user} не входит в роль: такого пользователя нет",
    "not_a_member inactive": "{user} не входит в роль: пользователь больше не активен",
    "role_not_active": "роль сейчас не действует, следующий раз с {opens}",
    "role_not_active never": "роль сейчас не действует и в течение года не откроется",
    "role_not_active disabled": "роль не действует",
    "later_day": "срок задачи в другой день: {date}",
    "not_yet": "точное время ещё впереди: задача откроется {opens_at}, за {lead} до срока {due}",
    "not_chosen": "на рабочем месте сейчас другая роль: {user}",
    "queued": "место в очереди роли: {position}{decided}",
    "interval_not_active": "сейчас не действует ни один его интервал: {intervals}",
    "interval_not_active none": "у него нет интервалов, поэтому он никогда не действует",
    "wrong_type": "берёт {types}, а тип задачи {type}",
    "condition_false": "условие не выполнено:",
    "condition_error": "условие нельзя проверить, поэтому задачу он не берёт:",
    "not_responsible": "ответственный {responsible}, а приоритет не общая очередь",
    "outside_pool": "ответственный {responsible}, а общая очередь берёт только задачи {pool}",
    "matched_earlier": "задачу берёт приоритет выше: {by}",
    "takes": "берёт задачу",
}

_ANSWERS = {
    "question": "Задача {task}: почему она здесь или нет? {user}, {at}",
    "current": "Это текущая задача.",
    "first": "Она следующая: первая в очереди роли {role}.",
    "queued": "Она ждёт в очереди роли {role}, место {position}.",
    "elsewhere": "Она ждёт в очереди роли {role}, место {position}, но на рабочем месте сейчас другая роль.",
    "reason": "Сейчас она не выдаётся: {reason}.",
    "no role": "Сейчас она не выдаётся: у сотрудника {user} нет включённых ролей.",
    "no active role": "Сейчас она не выдаётся: у сотрудника {user} сейчас нет роли, следующая с {opens}.",
    "never active": "Сейчас она не выдаётся: у сотрудника {user} сейчас нет роли.",
    "no priority": "Сейчас она не выдаётся: её не берёт ни один приоритет действующих ролей.",
}

_PLACES = {
    "first": "",
    "lane": ", сразу после {after}: у той точное время сегодня",
    "priority": ", сразу после {after}: ту берёт приоритет выше",
    "bucket overdue": ", сразу после {after}: сначала просроченные, а эта на сегодня",
    "bucket today": ", сразу после {after}: сначала на сегодня, а эта просрочена",
    "order": ", сразу после {after}, по полю {field}: там {theirs}, здесь {ours}",
    "due": ", сразу после {after}: у той срок раньше",
    "created": ", сразу после {after}: та создана раньше",
    "id": ", сразу после {after}: всё остальное равно, решают id",
}

_COMPARISONS = {
    "eq": ("{field} {value}: равно {constant}", "{field} {value}: не равно {constant}", "{constant}"),
    "in": (
        "{field} {value}: входит в список {constant}", "{field} {value}: не входит в список {constant}",
        "одно из {constant}",
    ),
    "lt": ("{field} {value} меньше {constant}", "{field} {value} не меньше {constant}", "меньше {constant}"),
    "le": ("{field} {value} не больше {constant}", "{field} {value} больше {constant}", "не больше {constant}"),
    "gt": ("{field} {value} больше {constant}", "{field} {value} не больше {constant}", "больше {constant}"),
    "ge": ("{field} {value} не меньше {constant}", "{field} {value} меньше {constant}", "не меньше {constant}"),
    "between": (
        "{field} {value}: в пределах от {low} до {high}", "{field} {value}: вне пределов от {low} до {high}",
        "от {low} до {high}",
    ),
    "between any": ("{field}: {value}", "{field}: {value}", "любое число, дата или время"),
    "contains": (
        "{field} {value}: есть {constant}", "{field} {value}: нет {constant}", "текст, в котором есть {constant}",
    ),
    "starts_with": (
        "{field} {value}: начинается с {constant}", "{field} {value}: не начинается с {constant}",
        "текст, который начинается с {constant}",
    ),
    "has_any": (
        "{field} {value}: есть хотя бы одно из {constant}", "{field} {value}: нет ни одного из {constant}",
        "хотя бы одно из {constant}",
    ),
    "has_all": (
        "{field} {value}: есть все из {constant}", "{field} {value}: есть не все из {constant}", "все из {constant}",
    ),
    "days": ("{field} {value}: в срок «{constant}»", "{field} {value}: не в срок «{constant}»", "срок «{constant}»"),
    "is_set": ("{field}: заполнено, {value}", "{field}: заполнено, {value}", "любое значение"),
    "custom": (
        "{field} {value}: проверка «{op}» с {constant} пройдена",
        "{field} {value}: проверка «{op}» с {constant} не пройдена",
        "проверка «{op}» с {constant}",
    ),
}  # fmt: skip

_TIMES = {
    "lt": ("{field} {value} раньше {constant}", "{field} {value} не раньше {constant}", "раньше {constant}"),
    "le": ("{field} {value} не позже {constant}", "{field} {value} позже {constant}", "не позже {constant}"),
    "gt": ("{field} {value} позже {constant}", "{field} {value} не позже {constant}", "позже {constant}"),
    "ge": ("{field} {value} не раньше {constant}", "{field} {value} раньше {constant}", "не раньше {constant}"),
}

_FIELDS = {
    "deal.name": "название сделки",
    "deal.responsible": "ответственный за сделку",
    "deal.tags": "теги сделки",
    "deal.id": "id сделки",
    "contact.name": "имя контакта",
    "contact.responsible": "ответственный за контакт",
    "contact.tags": "теги контакта",
    "contact.id": "id контакта",
    "company.name": "название компании",
    "company.responsible": "ответственный за компанию",
    "company.tags": "теги компании",
    "company.id": "id компании",
    "task.text": "текст задачи",
    "task.responsible": "ответственный за задачу",
    "task.created": "время создания задачи",
    "task.type": "тип задачи",
}

_PHRASES = {
    "named": "{name} ({id})",
    "unknown": "{id} (нет в справочнике)",
    "task": "Задача {name} ({id})",
    "role": "Роль {name} ({id})",
    "priority": "Приоритет {name} ({id})",
    "moment": "{date}, {clock} ({zone})",
    "moment today": "{clock} ({zone})",
    "moment bare": "{date}, {clock}",
    "now": "{weekday} {moment}",
    "missing": "{field}: не заполнено, а нужно {asked}",
    "missing value": "ничего",
    "wrong kind": "{field} {value}: это {kind}, сравнить нельзя, а нужно {asked}",
    "must not": "{sentence}, а правило требует обратного",
    "none of these": "не выполнено ни одно из условий:",
    "no alternatives": "список вариантов пуст, поэтому оно не выполняется никогда",
    "true": "да",
    "false": "нет",
    "today": "сегодня",
    "days ago": "{days} назад",
    "days ahead": "через {days}",
    "day range": "{low} — {high}",
    "day range open end": "{low} или позже",
    "day range open start": "{high} или раньше",
    "day range any": "любой день",
    "members": "участников роли",
    "users": "пользователей {names}",
    "groups": "групп {names}",
    "nobody": "из пустого списка",
    "interval days": "{id} ({days} {start}–{end})",
    "interval rrule": "{id} ({rrule} с {date}, {start}–{end})",
    "due today": "на сегодня",
    "due on": "срок {date}",
    "due at": "срок {moment}",
    "due in": "срок {moment}, через {duration}",
    "overdue": "просрочена на {duration}",
    "desk": "Рабочее место: {user}, {now}",
    "desk role": "Роль {role} действует до {until}",
    "desk role long": "Роль {role} действует больше восьми дней подряд",
    "no role": "Сейчас роли нет. Следующая: {role} с {opens}",
    "no role ever": "Сейчас роли нет, и в течение года не будет",
    "current": "Текущая задача: {task}, взята {since}",
    "next": "Далее: {task}",
    "next shared": "Далее: {task}, из общей очереди, ответственный {responsible}",
    "next exact": "Далее по точному времени: {task}",
    "all done": "Всё сделано: задач на сегодня не осталось",
    "nothing now": "Сейчас задач нет; роль изменится {interval_until}",
    "nothing open": "Сейчас задач нет",
    "left": "Осталось на сегодня: {own}; в общей очереди: {shared}",
    "task line": "{title} ({id}): {type}, {due}, {text}",
    "task line untitled": "{title} ({id}): {type}, {due}",
}

_FORMS = (2, 0, 1, 1, 1, 2, 2, 2, 2, 2)
"""Which form the last digit takes: of one, of few, of many."""


def _form(number: int) -> int:
    """Choose among one, few and many: 1 день, 2 дня, 5 дней; 11 to 14 are many."""
    if number // 10 % 10 == 1:
        return 2
    return _FORMS[number % 10]


RUSSIAN = Language(
    name="ru",
    codes=_CODES,
    answers=_ANSWERS,
    places=_PLACES,
    comparisons=_COMPARISONS,
    times=_TIMES,
    kinds={
        "text": "текст", "number": "число", "boolean": "да или нет", "date": "дата", "instant": "дата и время",
        "texts": "список",
    },
    fields=_FIELDS,
    phrases=_PHRASES,
    months=(
        "января", "февраля", "марта", "апреля", "мая", "июня",
        "июля", "августа", "сентября", "октября", "ноября", "декабря",
    ),
    weekdays=("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    # The accusative, as after «на» and «через».
    units={
        "day": ("день", "дня", "дней"), "hour": ("час", "часа", "часов"), "minute": ("минуту", "минуты", "минут"),
        "task": ("задача", "задачи", "задач"), "error": ("ошибка", "ошибки", "ошибок"),
        "warning": ("предупреждение", "предупреждения", "предупреждений"), "hand_out": ("выдача", "выдачи", "выдач"),
        "account": ("аккаунт", "аккаунта", "аккаунтов"), "row": ("строка", "строки", "строк"),
    },
    plural=_form,
    quotes=("«", "»"),
    decimal_point=",",
)  # fmt: skip
