"""The words of reports in both languages, and how they write times, shares and numbers."""

from __future__ import annotations

LANGUAGES = ("en", "ru")

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("What would have happened under other rules", "Что было бы при других правилах"),
    "title one": ("What happens under these rules", "Что происходит при этих правилах"),
    "account": ("Account {account}, {since} – {until}, {zone}", "Аккаунт {account}, {since} – {until}, {zone}"),
    "recorded": ("recorded", "записано"),
    "a": ("policy A", "правила А"),
    "b": ("policy B", "правила Б"),
    "b minus a": ("B minus A", "Б минус А"),
    "versions": ("Policy A is version {a}.", "Правила А — версия {a}."),
    "versions two": (
        "Policy A is version {a}, policy B version {b}.",
        "Правила А — версия {a}, правила Б — версия {b}.",
    ),
    "seeds": (
        (
            "Every figure of a policy is the mean of {count} simulated runs (seeds {first}–{last}); in "
            "brackets its 95 % interval, mean ± t·s/√n (Student)."
        ),
        (
            "Каждый показатель правил — среднее по {count} прогонам модели (зёрна {first}–{last}); в скобках "
            "его 95 %-й интервал, среднее ± t·s/√n (Стьюдент)."
        ),
    ),
    "seeds one": ("One simulated run, so there are no intervals.", "Прогон модели один, поэтому интервалов нет."),
    "interval means": (
        ("The interval covers the chance inside the simulation, not that another half year would be different."),
        "Интервал показывает разброс самой модели, а не то, насколько иным был бы другой период.",
    ),
    "command": ("Made by", "Получено командой"),
    # the short version
    "short": ("In short", "Коротко"),
    "verdict good": (
        ("The simulated present is close to the recorded one: differences between policies can be believed."),
        "Модель близка к действительности: разнице между правилами можно верить.",
    ),
    "verdict fair": (
        (
            "The simulated present is roughly like the recorded one: believe the direction of large "
            "differences, not their size."
        ),
        ("Модель примерно похожа на действительность: верьте направлению больших различий, но не их величине."),
    ),
    "verdict poor": (
        (
            "The simulated present is far from the recorded one in at least one measure: take differences as "
            "a hint and read the calibration first."
        ),
        (
            "Хотя бы по одной мере модель далека от действительности: считайте различия подсказкой и сначала "
            "прочтите сверку."
        ),
    ),
    "verdict unknown": (
        (
            "No hand-out was recorded, so there is nothing to compare the simulated present with: whether differences "
            "can be believed is not known."
        ),
        "Не записано ни одной выдачи, и сравнить модель не с чем: можно ли верить различиям, неизвестно.",
    ),
    "shorter": (
        "{what}: {before} under A, {after} under B; B is shorter by {by} ({low} … {high}).",
        "{what}: {before} по А, {after} по Б; по Б меньше на {by} ({low} … {high}).",
    ),
    "longer": (
        "{what}: {before} under A, {after} under B; B is longer by {by} ({low} … {high}).",
        "{what}: {before} по А, {after} по Б; по Б больше на {by} ({low} … {high}).",
    ),
    "unsure": (
        "{what}: {before} under A, {after} under B; the runs do not tell them apart.",
        "{what}: {before} по А, {after} по Б; прогоны их не различают.",
    ),
    "one policy": (
        "{what}: {recorded} recorded, {simulated} simulated.",
        "{what}: записано {recorded}, в модели {simulated}.",
    ),
    "mean wait of": ("mean wait, {type}", "среднее ожидание, {type}"),
    # key figures
    "figures": ("Key figures", "Главное в числах"),
    "tasks taken": ("tasks taken", "взято задач"),
    "never taken": ("never taken by the end", "не взято до конца"),
    "finished a day": ("finished on a working day", "закончено за рабочий день"),
    "median wait": ("median wait", "ожидание, медиана"),
    "mean wait": ("mean wait", "ожидание, среднее"),
    "p90 wait": ("one in ten waits longer than", "каждая десятая ждёт дольше"),
    "p99": ("one in a hundred waits longer than", "каждая сотая ждёт дольше"),
    "longest wait": ("longest wait", "самое долгое ожидание"),
    "late": ("taken after their day", "взято после своего дня"),
    "mean late": ("… late on average by", "… в среднем опоздание"),
    "met": ("exact-time calls met", "звонков ко времени: успели"),
    "missed": ("exact-time calls missed", "звонков ко времени: опоздали"),
    "use": ("share of their time in which people work", "доля времени, когда люди заняты"),
    "what": ("What", "Что"),
    # calibration
    "calibration": (
        "Calibration: how far the model is from what happened",
        "Сверка: насколько модель далека от действительности",
    ),
    "calibration says": (
        "The simulated present (policy A) is compared with the record, before any difference is shown.",
        "Модель настоящего (правила А) сравнивается с записанным, прежде чем показывать различия.",
    ),
    "measure": ("Measure", "Мера"),
    "off": ("off by", "расхождение"),
    "verdict": ("verdict", "вывод"),
    "limits": ("good up to, fair up to", "хорошо до, терпимо до"),
    "good": ("good", "хорошо"),
    "fair": ("fair", "терпимо"),
    "poor": ("poor", "плохо"),
    "unknown": ("unknown", "неизвестно"),
    "waiting_median": ("median wait", "медиана ожидания"),
    "waiting_mean": ("mean wait", "среднее ожидание"),
    "fitted": ("fitted, so it proves nothing", "подобрано, поэтому ничего не доказывает"),
    "waiting_distribution": (
        "distribution of waits (largest gap of shares)",
        "распределение ожидания (наибольший разрыв долей)",
    ),
    "waiting_of_types": ("median waits of task types, weighted", "медианы ожидания по типам, взвешенно"),
    "throughput": ("finished on each day", "закончено за каждый день"),
    "use_": ("use of people's time", "занятость людей"),
    "finished": ("all that was finished", "закончено всего"),
    "of type": ("median wait, {type}", "медиана ожидания, {type}"),
    "assumed": ("What is assumed", "Что предполагается"),
    "presence recorded": (
        (
            "People are there on the days on which they worked in fact, from their first to their last deed "
            "of the day, and are given work in the intervals of their roles only."
        ),
        (
            "Люди на месте в те дни, когда работали в действительности, от первого до последнего действия за "
            "день; задачи выдаются только в интервалах ролей."
        ),
    ),
    "presence intervals": (
        "People are there in all intervals of their roles.",
        "Люди на месте во всех интервалах своих ролей.",
    ),
    "service task": (
        (
            "A task takes as long as it took in fact, where that is known ({known} of {pieces} pieces of "
            "work); else a time is drawn from work of its type and person, its type, or all."
        ),
        (
            "Задача занимает столько, сколько заняла в действительности, если это известно ({known} из "
            "{pieces}); иначе время берётся случайно из работ того же типа и человека, того же типа или всех."
        ),
    ),
    "service drawn": (
        (
            "Times of work are drawn from work of the same type and person, of the type, or of all ({known} "
            "of {pieces} pieces of work have a known time)."
        ),
        (
            "Время работы берётся случайно из работ того же типа и человека, того же типа или всех (известно "
            "время {known} из {pieces})."
        ),
    ),
    "pauses fitted": (
        (
            "Between two tasks people rest: their own recorded pauses times {pauses}, a number fitted so "
            "that the median wait under A is the recorded one."
        ),
        (
            "Между задачами люди отдыхают: их собственные паузы, умноженные на {pauses}; число подобрано "
            "так, чтобы медиана ожидания по А совпала с действительной."
        ),
    ),
    "pauses given": (
        "Between two tasks people rest: their own recorded pauses times {pauses}.",
        "Между задачами люди отдыхают: их собственные паузы, умноженные на {pauses}.",
    ),
    "arrivals": (
        (
            "Tasks appear when they appeared in fact, also those that in fact followed work which the model "
            "does sooner or later."
        ),
        (
            "Задачи появляются тогда, когда появились в действительности, даже если в модели предшествующая "
            "работа сделана раньше или позже."
        ),
    ),
    # charts
    "waiting": ("How long tasks wait", "Сколько ждут задачи"),
    "within": (
        "Share of tasks taken within a time; recorded, and the first simulated run.",
        "Доля задач, взятых не позже чем через…; действительность и первый прогон модели.",
    ),
    "by week": ("Finished in each week (its Monday)", "Закончено за неделю (понедельник)"),
    "by day": ("Finished on each day", "Закончено за каждый день"),
    "types": ("By task type", "По типам задач"),
    "type": ("Task type", "Тип задачи"),
    "tasks": ("tasks", "задач"),
    "mean wait chart": (
        "Mean wait; the length of a bar is the square root, so that short waits can be seen.",
        "Среднее ожидание; длина полосы — корень, чтобы были видны и короткие.",
    ),
    "priorities": ("By priority: who starves", "По приоритетам: кто голодает"),
    "priority": ("Priority", "Приоритет"),
    "side": ("rules", "правила"),
    "week": ("Heat map of the week: tasks waiting", "Карта недели: сколько задач ждёт"),
    "week says": (
        ("Average number of tasks waiting at each hour; the darker, the more. The darkest cell is {highest}."),
        ("Среднее число ждущих задач в каждый час; чем темнее, тем больше. Самая тёмная клетка — {highest}."),
    ),
    "differences": ("Differences by reason", "Различия по причинам"),
    "differences says": (
        (
            "At every recorded hand-out: what A and B would have given that employee with everything as "
            "recorded. They differ in {different} of {all} ({share})."
        ),
        (
            "При каждой записанной выдаче: что дали бы сотруднику А и Б, если всё остальное как записано. "
            "Различаются {different} из {all} ({share})."
        ),
    ),
    "reason": ("Why B does not give what A gives", "Почему Б не даёт того, что даёт А"),
    "part": ("where", "где"),
    "count": ("hand-outs", "выдач"),
    "people": ("People", "Люди"),
    "employee": ("Employee", "Сотрудник"),
    "taken": ("taken", "взято"),
    "busy": ("busy", "занят"),
    "longest": ("Tasks that waited longest", "Задачи, ждавшие дольше всех"),
    "task": ("Task", "Задача"),
    "ready": ("waits since", "ждёт с"),
    "waited": ("waited", "ждала"),
    "nobody": ("never taken", "не взята"),
    "examples": ("Examples, explained", "Примеры с объяснением"),
    "example": (
        "{now}: {user} took {taken}. A would have given {a}, B {b}.",
        "{now}: {user} взял(а) {taken}. А дали бы {a}, Б — {b}.",
    ),
    "nothing": ("nothing", "ничего"),
    "why not a": ("Under B, the task that A gives:", "По Б задача, которую дают А:"),
    "why b": ("Under B, the task that B gives:", "По Б задача, которую дают Б:"),
    "every figure": ("Every figure", "Все числа"),
    "every figure says": ("The same as report.json and report.parquet.", "То же, что в report.json и report.parquet."),
    "path": ("Where", "Где"),
    "value": ("Value", "Значение"),
    "other language": ("По-русски", "In English"),
    "day": ("Day", "День"),
    # reasons of differences
    "only_a": ("B has no task for the employee", "по Б для сотрудника нет задачи"),
    "only_b": ("A has no task for the employee", "по А для сотрудника нет задачи"),
    "other_role": ("another role comes first", "раньше другая роль"),
    "order": ("both are queued, the order differs", "обе в очереди, порядок другой"),
    "later_day": ("it is due on a later day", "срок в более поздний день"),
    "not_yet": ("its exact time has not come near", "её точное время ещё не подошло"),
    "interval_not_active": ("the priority is not active then", "приоритет в это время не действует"),
    "wrong_type": ("the priority does not admit its type", "приоритет не берёт задачи этого типа"),
    "condition_false": ("the priority's condition is false", "условие приоритета не выполнено"),
    "condition_error": ("the priority's condition cannot be judged", "условие приоритета нельзя проверить"),
    "not_responsible": ("it is somebody else's, and not shared", "она чужая и не общая"),
    "outside_pool": ("its responsible is outside the pool", "её ответственный не входит в общую очередь"),
    "no_priority": ("the role has no priority", "у роли нет приоритетов"),
}

_UNITS = (("d", "дн", 86_400), ("h", "ч", 3_600), ("min", "мин", 60))
_FEW = 60
_WEEK = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс")}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        """Speak a language of LANGUAGES."""
        self.language, self._number = language, LANGUAGES.index(language)

    def __getitem__(self, name: str) -> str:
        """Give a word by its name."""
        return _WORDS[name][self._number]

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a word of a name."""
        return name in _WORDS

    @property
    def week(self) -> tuple[str, ...]:
        """The days of the week, Monday first."""
        return _WEEK[self.language]

    def number(self, value: float, digits: int = 0) -> str:
        r"""Write a number, thousands apart.

        >>> Words("ru").number(12345.6), Words("en").number(-0.25, 2)
        ('12\u202f346', '−0.25')
        """
        text = f"{abs(value):,.{digits}f}".replace(",", "\u202f")
        sign = "−" if value < 0 and any(each in "123456789" for each in text) else ""
        return sign + (text.replace(".", ",") if self.language == "ru" else text)

    def share(self, value: float) -> str:
        r"""Write a share in per cent.

        >>> Words("en").share(0.1234), Words("ru").share(0.005)
        ('12.3\xa0%', '0,5\xa0%')
        """
        return f"{self.number(100 * value, 1)}\u00a0%"

    def time(self, seconds: float) -> str:
        r"""Write a time in the largest unit that fits.

        >>> Words("en").time(5400), Words("ru").time(86400 * 2.5), Words("en").time(-8)
        ('1.5\xa0h', '2,5\xa0дн', '−8\xa0s')
        """
        for en, ru, size in _UNITS:
            if abs(seconds) >= size:
                return f"{self.number(seconds / size, 1)}\u00a0{(en, ru)[self._number]}"
        return f"{self.number(seconds)}\u00a0{('s', 'с')[self._number]}"
