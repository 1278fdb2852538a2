"""Words for what `check` finds and what loading refuses; by code, so that both languages say the same."""

from __future__ import annotations

FINDINGS: dict[str, tuple[str, str]] = {
    "finding.error": ("error", "ошибка"),
    "finding.warning": ("warning", "предупреждение"),
    "finding.problem": ("cannot be published", "так опубликовать нельзя"),
    "finding.unknown_user": ("User {id} is not in the directory", "Пользователя {id} нет в справочнике"),
    "finding.unknown_group": ("Group {id} is not in the directory", "Группы {id} нет в справочнике"),
    "finding.unknown_type": ("Task type {id} is not in the directory", "Типа задач {id} нет в справочнике"),
    "finding.unknown_field": ("Nobody declares the field {field}", "Поля {field} нет ни в справочнике, ни в данных"),
    "finding.unknown_option": ("The field {field} has no option {value}", "У поля {field} нет варианта {value}"),
    "finding.unknown_interval": ("The role has no interval {id}", "В роли нет интервала {id}"),
    "finding.undeclared_field": (
        "The field {field} is in the data, but not declared",
        "Поле {field} есть в данных, но не описано",
    ),
    "finding.wrong_kind": (
        "{field} holds another kind of value than this comparison asks for",
        "В поле {field} значения другого вида, чем в этом сравнении",
    ),
    "finding.eq_on_list": (
        "{field} is a list, it never equals one value: use “has one of”",
        "{field} — список, он не равен одному значению: выберите «есть хотя бы одно из»",
    ),
    "finding.order_not_sortable": (
        "{field} is neither a number nor a date, it cannot order tasks",
        "{field} — не число и не дата, по нему задачи не упорядочить",
    ),
    "finding.never_matches": (
        "This priority can never take a task",
        "Этот приоритет никогда не возьмёт ни одной задачи",
    ),
    "finding.shadowed": (
        "Priorities before it take every task it could take: move it up or narrow those",
        "Приоритеты выше забирают все его задачи: поднимите его или сузьте те",
    ),
    "finding.role_without_members": ("Nobody belongs to the role", "В роли никого нет"),
    "finding.role_without_intervals": (
        "The role has no intervals, so it is never active",
        "У роли нет интервалов, она никогда не действует",
    ),
    "finding.role_without_priorities": ("The role has no priorities", "У роли нет приоритетов"),
    "finding.many_roles": ("{count} users have more than 8 roles", "У {count} сотрудников больше 8 ролей"),
    "finding.interval_never_occurs": ("This interval does not occur any more", "Этот интервал больше не наступит"),
    "finding.roles_overlap": (
        "Open at the same time as a role above it for some of its people: they get it when the other has nothing to do",
        "Действует одновременно с ролью выше у части людей: они получат её, когда в той нет задач",
    ),
    "finding.clock_change": (
        "A clock change makes this interval longer or shorter in the coming year",
        "В ближайший год перевод часов удлинит или укоротит этот интервал",
    ),
    "finding.midnight_crossing": (
        "Crosses midnight, where the lane of exact times ends",
        "Переходит через полночь, а точное время действует до конца суток",
    ),
    "finding.exact_time_between_intervals": (
        "{count} tasks with an exact time are due when the role is not open",
        "Задач с точным временем в нерабочие часы роли: {count}",
    ),
    "finding.tasks_not_covered": (
        "{count} open tasks that no rule covers",
        "Открытых задач, которые не берёт ни одно правило: {count}",
    ),
    "finding.deal_in_doubt": (
        "{count} tasks whose contact or company has several deals: for them the deal counts as none",
        "Задач, у контакта или компании которых несколько сделок: {count}; сделки у них как бы нет",
    ),
    "finding.condition_errs": (
        "The comparison fails on {count} open tasks: the field holds another kind of value there",
        "Сравнение не работает на открытых задачах: {count}; в поле там значение другого вида",
    ),
    "finding.dangling_reference": (
        "{count} records refer to what the CRM does not give",
        "Записей со ссылкой на то, чего CRM не отдаёт: {count}",
    ),
    "finding.value_of_other_kind": (
        "{count} values of another kind than declared",
        "Значений другого вида, чем описано: {count}",
    ),
    "refused.must differ from start": ("Start and end are the same", "Начало и конец совпадают"),
    "refused.must not be empty": ("This must not be empty", "Здесь не должно быть пусто"),
    "refused.must be an interval of the role": ("The role has no such interval", "В роли нет такого интервала"),
    "refused.must be a recurrence rule": ("This is no recurrence rule", "Это не правило повторения"),
    "refused.must be a wall time": ("This is no time of day", "Это не время суток"),
    "refused.must be a whole number": ("This must be a whole number in range", "Здесь нужно целое число в пределах"),
    "refused.must be a date": ("This must be a date", "Здесь нужна дата"),
    "refused.must be an instant": ("This must be a date with a time", "Здесь нужны дата и время"),
    "refused.must be a number, a date": ("This must be a number or a date", "Здесь нужно число или дата"),
    "refused.must have bounds of one kind": ("Both bounds must be of one kind", "Обе границы должны быть одного вида"),
    "refused.must be a finite number": ("This must be a number", "Здесь нужно число"),
    "refused.must be a time zone": ("There is no such time zone", "Такого часового пояса нет"),
    "refused.must be a text": ("This must be a text", "Здесь нужен текст"),
    "refused.must have either days": ("Choose at least one day", "Выберите хотя бы один день"),
    "refused.is there already": ("This is there already", "Такое уже есть"),
    "refused.is required": ("This is missing", "Этого не хватает"),
}
