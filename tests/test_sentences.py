"""Sentences: every code speaks both languages, names stand beside ids, times name their zone."""

from __future__ import annotations

import ast
import json
from datetime import datetime
from pathlib import Path
from string import Formatter

import attrs
import pytest

from workplaces_core import explanation
from workplaces_core.decision import decide
from workplaces_core.explanation import explain
from workplaces_core.policy import OPERANDS, ConditionOp, RuleSet
from workplaces_core.sentences import LANGUAGES, as_text, desk_sentences, sentences, wording_of
from workplaces_core.sentences.language import Language
from workplaces_core.wire import load_policy, load_snapshot
from workplaces_core.wire.forms import read_instant

NOW = "2026-11-24T10:40:00+03:00"
ENGLISH, RUSSIAN = LANGUAGES["en"], LANGUAGES["ru"]
TEXTS = [name for name in attrs.fields_dict(Language) if isinstance(getattr(ENGLISH, name), dict)]
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


def codes_given() -> set[str]:
    """The names of all codes that the explanation makes."""
    tree = ast.parse(Path(explanation.__file__).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Code"]
    names = [call.args[0] for call in calls]
    names += [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code"
    ]
    texts = [node.value for name in names for node in ast.walk(name) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str)}


def gaps(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


# -- both languages say everything ---------------------------------------------------------------------------


def test_codes_are_found_in_the_explanation():
    assert {"completed", "condition_false", "condition_error", "takes"} <= codes_given()
    assert len(codes_given()) == 19


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_code_has_a_sentence(language):
    # A code may have further sentences for its special cases, named after it.
    assert {name.split(" ")[0] for name in language.codes} == codes_given()
    assert codes_given() <= language.codes.keys()


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_comparison_has_its_sentences(language):
    assert OPERANDS.keys() <= language.comparisons.keys()


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_have_the_same_texts(name):
    assert getattr(ENGLISH, name).keys() == getattr(RUSSIAN, name).keys()


@pytest.mark.parametrize("name", ["codes", "answers", "places", "phrases"])
def test_both_languages_fill_in_the_same_words(name):
    english, russian = getattr(ENGLISH, name), getattr(RUSSIAN, name)

    assert {key: gaps(text) for key, text in english.items()} == {key: gaps(text) for key, text in russian.items()}


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_explanation_of_the_corpus_is_said_in_full(file, language):
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
        if "asks" not in case:
            continue
        policy, snapshot = load_policy(case["policy"]), load_snapshot(case["snapshot"])
        for ask in case["asks"]:
            now = read_instant(ask["now"])
            assert as_text(desk_sentences(decide(snapshot, policy, user=ask["user"], now=now), snapshot, policy))
            for task in [ask["task"]] if "task" in ask else list(snapshot.tasks)[:3]:
                why = explain(snapshot, policy, user=ask["user"], task=task, now=now)
                assert_said(why, sentences(why, snapshot, policy, language=language))


def assert_said(why, lines):
    priorities = [reasons for role in why.roles for reasons in role.priorities]
    codes = [code for part in (why, *why.roles, *priorities) for code in part.codes]
    said = [line.code for line in lines if line.code and line.depth < 3]
    assert sorted(said) == sorted(code.code for code in codes)
    assert all(line.text and "{" not in line.text for line in lines)
    # Whatever keeps a condition from being true is named.
    failing = [index for index, line in enumerate(lines) if line.code and line.text.endswith(":") and line.depth == 2]
    assert all(lines[index + 1].depth == 3 for index in failing)


# -- golden examples -----------------------------------------------------------------------------------------

WEEK = ["mon", "tue", "wed", "thu", "fri"]
MORNING = {"id": "morning", "days": WEEK, "start": "09:00", "end": "13:00"}
NIGHT = {"id": "night", "days": ["tue", "thu"], "start": "22:00", "end": "02:00"}


def account(task=None, **also):
    usual = {"id": "t1", "type": "1", "text": "Call back", "responsible": "u1", "created": "2026-11-20T08:00:00Z",
             "due": "2026-11-24", "subject": {"kind": "deal", "id": "d1"}}  # fmt: skip
    deal = {"id": "d1", "name": "Acme", "responsible": "u1", "tags": ["new"], "fields": {"price": 120_000}}
    return {
        "format": "workplaces/snapshot/1",
        "account": {"id": "acme", "timezone": "Europe/Moscow"},
        "users": [{"id": "u1", "name": "Anna"}, {"id": "u2", "name": "Ivan"},
                  {"id": "u3", "name": "Old", "active": False}],
        "groups": [{"id": "g1", "name": "Sales"}],
        "task_types": [{"id": "1", "name": "Call"}, {"id": "2", "name": "Meeting"}],
        "fields": [{"entity": "deal", "id": "price", "name": "Budget", "type": "number", "options": None}],
        "deals": [deal],
        "tasks": [usual | (task or {}), *also.pop("tasks", [])],
        **also,
    }  # fmt: skip


def role(**also):
    usual = {"id": "sales", "name": "Sales", "members": {"users": ["u1", "u3"]}, "intervals": [MORNING],
             "priorities": [{"id": "all", "name": "All"}]}  # fmt: skip
    return usual | also


def priority(**also):
    return role(priorities=[{"id": "p", "name": "P"} | also])


def said(code, snapshot, *roles, user="u1", language="en", now=NOW, rules=None):
    """The lines of one code, and those of the leaves below it."""
    policy = load_policy({"format": "workplaces/policy/1", "version": 1, "roles": [*roles]}, rules=rules)
    loaded = load_snapshot(snapshot)
    why = explain(loaded, policy, user=user, task="t1", now=read_instant(now))
    lines = sentences(why, loaded, policy, language=language)
    return [line.text for line in lines if line.code == code]


LEASED = account(
    leases=[{"task": "t1", "user": "u2", "since": "2026-11-24T07:00:00Z", "expires": "2026-11-24T09:15:00Z"}]
)
SKIPPED = account(skips=[{"task": "t1", "user": "u1", "until": "2026-11-25T07:00:00Z"}])
EXACT = role(exact_time={"lead_minutes": 5})
SECOND = account(tasks=[
    {"id": "t0", "type": "1", "text": "Older", "responsible": "u1", "created": "2026-11-19T08:00:00Z",
     "due": "2026-11-22"},
])  # fmt: skip
LATER_ROLE = role(id="later", name="Later")
TOO_SMALL = {"field": "deal.price", "op": "ge", "value": 150_000}
GOLDEN = [
    ("completed", account({"completed": True}), [role()],
     "the task is done", "задача уже выполнена"),
    ("leased", LEASED, [role()],
     "Ivan (u2) holds it until 12:15 (Europe/Moscow)", "задача в работе до 12:15 (Europe/Moscow): Ivan (u2)"),
    ("current", account(leases=[{"task": "t1", "user": "u1", "since": "2026-11-24T07:00:00Z",
                                 "expires": "2026-11-24T09:15:00Z"}]), [role()],
     "it is the current task of Anna (u1)", "это текущая задача сотрудника Anna (u1)"),
    ("skipped", SKIPPED, [role()],
     "Anna (u1) skipped it until 25 Nov 2026, 10:00 (Europe/Moscow)",
     "задача пропущена до 25 ноября 2026, 10:00 (Europe/Moscow): Anna (u1)"),
    ("role_disabled", account(), [role(enabled=False)],
     "the role is disabled", "роль выключена"),
    ("not_a_member", account(), [role(members={})],
     "Anna (u1) does not belong to the role", "Anna (u1) не входит в роль"),
    ("role_not_active", account(), [role(timezone="Asia/Yekaterinburg", intervals=[NIGHT])],
     "the role is not active now, the next time is from 22:00 (Asia/Yekaterinburg)",
     "роль сейчас не действует, следующий раз с 22:00 (Asia/Yekaterinburg)"),
    ("later_day", account({"due": "2026-11-26"}), [role()],
     "the task is due on a later day, 26 Nov 2026", "срок задачи в другой день: 26 ноября 2026"),
    ("not_yet", account({"due": "2026-11-24T15:30:00+03:00"}), [EXACT],
     "its exact time lies ahead: it opens at 15:25 (Europe/Moscow), 5 minutes before 15:30 (Europe/Moscow)",
     "точное время ещё впереди: задача откроется 15:25 (Europe/Moscow), за 5 минут до срока 15:30 (Europe/Moscow)"),
    ("not_chosen", account(), [role(), LATER_ROLE],
     "the desk of Anna (u1) shows another role now", "на рабочем месте сейчас другая роль: Anna (u1)"),
    ("queued", SECOND, [role()],
     "number 2 in the queue of the role, right after “Older” (t0): the overdue ones go first, this one is for today",
     "место в очереди роли: 2, сразу после «Older» (t0): сначала просроченные, а эта на сегодня"),
    ("interval_not_active", account(), [role(intervals=[MORNING, NIGHT], priorities=[
        {"id": "p", "name": "P", "intervals": ["night"]}])],
     "none of its intervals is active now: night (Tue, Thu 22:00–02:00)",
     "сейчас не действует ни один его интервал: night (вт, чт 22:00–02:00)"),
    ("wrong_type", account(), [priority(task_types=["2"])],
     "it takes “Meeting” (2); the task type is “Call” (1)", "берёт «Meeting» (2), а тип задачи «Call» (1)"),
    ("condition_false", account(), [priority(where=TOO_SMALL)],
     "“Budget” (deal.price) 120 000 is not at least 150 000", "«Budget» (deal.price) 120 000 меньше 150 000"),
    ("condition_error", account(), [priority(where=TOO_SMALL | {"field": "deal.tags"})],
     "tags of the deal (deal.tags) “new” is a list and cannot be compared, asked for is at least 150 000",
     "теги сделки (deal.tags) «new»: это список, сравнить нельзя, а нужно не меньше 150 000"),
    ("not_responsible", account({"responsible": "u2"}), [role()],
     "the responsible is Ivan (u2), and the priority is not a common queue",
     "ответственный Ivan (u2), а приоритет не общая очередь"),
    ("outside_pool", account({"responsible": "u2"}),
     [priority(common_queue={"from": {"users": ["u3"], "groups": ["g1"]}})],
     "the responsible is Ivan (u2), and the common queue takes tasks of users Old (u3), groups “Sales” (g1) only",
     "ответственный Ivan (u2), а общая очередь берёт только задачи пользователей Old (u3), групп «Sales» (g1)"),
    ("matched_earlier", account(), [role(priorities=[{"id": "a", "name": "A"}, {"id": "b", "name": "B"}])],
     "an earlier priority takes the task: “A” (a)", "задачу берёт приоритет выше: «A» (a)"),
    ("takes", account(), [role()],
     "takes the task", "берёт задачу"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "snapshot", "roles", "english", "russian"), GOLDEN, ids=[row[0] for row in GOLDEN])
def test_golden(code, snapshot, roles, english, russian):
    assert said(code, snapshot, *roles)[-1] == english
    assert said(code, snapshot, *roles, language="ru")[-1] == russian


def test_every_code_has_a_golden_example():
    assert {row[0] for row in GOLDEN} == codes_given()


@pytest.mark.parametrize(
    ("user", "text"),
    [
        ("u3", "Old (u3) does not belong to the role: the user is not active any more"),
        ("u9", "u9 (unknown) does not belong to the role: there is no such user"),
    ],
)
def test_why_somebody_is_no_member(user, text):
    assert said("not_a_member", account(), role(), user=user) == [text]


def test_a_role_that_never_opens_says_so():
    assert said("role_not_active", account(), role(intervals=[])) == [
        "the role is not active now, and nothing of it opens within a year"
    ]
    assert said("role_not_active", account(), role(enabled=False)) == ["the role is not active"]


def ranked(before, after, *, by="deal.price", language="en", **also):
    """How the place of t1 after another task is said; both hang on deals of their own."""
    snapshot = account({"subject": {"kind": "deal", "id": "d1"}} | after)
    snapshot["deals"].append({"id": "d2", "name": "Bolt", "responsible": None, "fields": {"price": 180_000}})
    other = {"id": "t0", "type": "1", "text": "", "responsible": "u1", "created": "2026-11-20T08:00:00Z",
             "due": "2026-11-24", "subject": {"kind": "deal", "id": "d2"}}  # fmt: skip
    snapshot["tasks"].append(other | before)
    order = [{"by": "field", "field": by, "direction": "desc"}] if by else []
    rules = [{"id": "p", "name": "P", "order": order} | also, {"id": "q", "name": "Q", "task_types": ["1"]}]
    (text,) = said("queued", snapshot, role(exact_time={"lead_minutes": 5}, priorities=rules), language=language)
    return text.partition(", right after " if language == "en" else ", сразу после ")[2]


@pytest.mark.parametrize(
    ("before", "after", "also", "english", "russian"),
    [
        ({"due": "2026-11-24T10:30:00+03:00"}, {}, {}, "“Bolt” (t0), which has an exact time today",
         "«Bolt» (t0): у той точное время сегодня"),
        ({"type": "2"}, {}, {"task_types": ["2"]}, "“Bolt” (t0), which an earlier priority takes",
         "«Bolt» (t0): ту берёт приоритет выше"),
        ({"due": "2026-11-23"}, {}, {}, "“Bolt” (t0): the overdue ones go first, this one is for today",
         "«Bolt» (t0): сначала просроченные, а эта на сегодня"),
        ({}, {"due": "2026-11-23"}, {"first": "today"}, "“Bolt” (t0): today's go first, this one is overdue",
         "«Bolt» (t0): сначала на сегодня, а эта просрочена"),
        ({}, {}, {}, "“Bolt” (t0), by “Budget” (deal.price): there 180 000, here 120 000",
         "«Bolt» (t0), по полю «Budget» (deal.price): там 180 000, здесь 120 000"),
        ({"due": "2026-11-20"}, {"due": "2026-11-23"}, {"by": None}, "“Bolt” (t0), which is due earlier",
         "«Bolt» (t0): у той срок раньше"),
        ({"created": "2026-11-19T08:00:00Z"}, {}, {"by": None}, "“Bolt” (t0), which was created earlier",
         "«Bolt» (t0): та создана раньше"),
        ({}, {}, {"by": None}, "“Bolt” (t0): all else is equal, so the ids decide",
         "«Bolt» (t0): всё остальное равно, решают id"),
    ],
)  # fmt: skip
def test_what_put_another_task_first(before, after, also, english, russian):
    assert ranked(before, after, **also) == english
    assert ranked(before, after, language="ru", **also) == russian


# -- conditions ----------------------------------------------------------------------------------------------


def leaf(field, op, value):
    return {"field": field, "op": op, "value": value}


def blamed(where, language="en", rules=None, **fields):
    snapshot = account()
    snapshot["deals"][0]["fields"] |= fields
    for code in ("condition_false", "condition_error"):
        lines = said(code, snapshot, priority(where=where), language=language, rules=rules)
        if lines:
            return lines[1:]
    raise AssertionError("the condition is true")


HOLDS = leaf("deal.price", "lt", 1_000_000)


@pytest.mark.parametrize(
    ("where", "english", "russian"),
    [
        (leaf("deal.stage", "eq", "won"), "deal.stage is empty, asked for is “won”",
         "deal.stage: не заполнено, а нужно «won»"),
        (leaf("deal.name", "eq", "Bolt"), "name of the deal (deal.name) “Acme” is not “Bolt”",
         "название сделки (deal.name) «Acme»: не равно «Bolt»"),
        (leaf("deal.price", "in", [1, 2]), "“Budget” (deal.price) 120 000 is none of 1, 2",
         "«Budget» (deal.price) 120 000: не входит в список 1, 2"),
        (leaf("deal.price", "lt", 0.5), "“Budget” (deal.price) 120 000 is not less than 0.5",
         "«Budget» (deal.price) 120 000 не меньше 0,5"),
        (leaf("deal.price", "le", 100_000), "“Budget” (deal.price) 120 000 is more than 100 000",
         "«Budget» (deal.price) 120 000 больше 100 000"),
        (leaf("deal.price", "gt", 120_000), "“Budget” (deal.price) 120 000 is not more than 120 000",
         "«Budget» (deal.price) 120 000 не больше 120 000"),
        (leaf("deal.price", "between", [1, 5]), "“Budget” (deal.price) 120 000 is not between 1 and 5",
         "«Budget» (deal.price) 120 000: вне пределов от 1 до 5"),
        (leaf("deal.price", "between", [None, 5]), "“Budget” (deal.price) 120 000 is more than 5",
         "«Budget» (deal.price) 120 000 больше 5"),
        (leaf("deal.price", "between", [150_000, None]), "“Budget” (deal.price) 120 000 is not at least 150 000",
         "«Budget» (deal.price) 120 000 меньше 150 000"),
        (leaf("deal.name", "contains", "x"), "name of the deal (deal.name) “Acme” does not contain “x”",
         "название сделки (deal.name) «Acme»: нет «x»"),
        (leaf("deal.name", "starts_with", "x"), "name of the deal (deal.name) “Acme” does not begin with “x”",
         "название сделки (deal.name) «Acme»: не начинается с «x»"),
        (leaf("deal.tags", "has_any", ["vip"]), "tags of the deal (deal.tags) “new” has none of “vip”",
         "теги сделки (deal.tags) «new»: нет ни одного из «vip»"),
        (leaf("deal.tags", "has_all", ["new", "vip"]), "tags of the deal (deal.tags) “new” lacks some of “new”, “vip”",
         "теги сделки (deal.tags) «new»: есть не все из «new», «vip»"),
        (leaf("task.created", "days", [-1, 7]),
         ("creation of the task (task.created) 20 Nov 2026, 11:00 (Europe/Moscow)"
          " is not between 1 day ago and 7 days ahead"),
         ("время создания задачи (task.created) 20 ноября 2026, 11:00 (Europe/Moscow):"
          " не в срок «1 день назад — через 7 дней»")),
        (leaf("task.created", "days", [0, None]),
         "creation of the task (task.created) 20 Nov 2026, 11:00 (Europe/Moscow) is not today or later",
         "время создания задачи (task.created) 20 ноября 2026, 11:00 (Europe/Moscow): не в срок «сегодня или позже»"),
        (leaf("task.created", "ge", {"instant": "2026-11-24T00:00:00+03:00"}),
         "creation of the task (task.created) 20 Nov 2026, 11:00 (Europe/Moscow) is before 00:00 (Europe/Moscow)",
         "время создания задачи (task.created) 20 ноября 2026, 11:00 (Europe/Moscow) раньше 00:00 (Europe/Moscow)"),
        (leaf("deal.responsible", "eq", "u2"), "responsible of the deal (deal.responsible) Anna (u1) is not Ivan (u2)",
         "ответственный за сделку (deal.responsible) Anna (u1): не равно Ivan (u2)"),
        (leaf("task.type", "in", ["2"]), "task type (task.type) “Call” (1) is none of “Meeting” (2)",
         "тип задачи (task.type) «Call» (1): не входит в список «Meeting» (2)"),
    ],
)  # fmt: skip
def test_comparisons_in_words(where, english, russian):
    assert blamed(where) == [english]
    assert blamed(where, "ru") == [russian]


def test_only_what_is_to_blame_is_named():
    assert blamed({"all": [HOLDS, TOO_SMALL]}) == ["“Budget” (deal.price) 120 000 is not at least 150 000"]


def test_of_alternatives_all_are_named():
    where = {"any": [TOO_SMALL, leaf("deal.tags", "has_any", ["vip"])]}

    assert blamed(where) == [
        "none of these holds:",
        "“Budget” (deal.price) 120 000 is not at least 150 000",
        "tags of the deal (deal.tags) “new” has none of “vip”",
    ]
    assert len(blamed({"any": [TOO_SMALL]})) == 1
    assert blamed({"any": []}) == ["the list of alternatives is empty, so it never holds"]


def test_under_not_a_comparison_that_holds_is_to_blame():
    assert blamed({"not": HOLDS}) == [
        "“Budget” (deal.price) 120 000 is less than 1 000 000; the rule wants it otherwise"
    ]
    assert blamed({"not": HOLDS}, "ru") == [
        "«Budget» (deal.price) 120 000 меньше 1 000 000, а правило требует обратного"
    ]
    # De Morgan: of "not any" one part that holds is enough, of "not all" every part must be named.
    assert len(blamed({"not": {"any": [HOLDS, TOO_SMALL]}})) == 1
    assert blamed({"not": {"all": [HOLDS, HOLDS]}})[0] == "none of these holds:"
    assert len(blamed({"not": {"not": {"all": [HOLDS, TOO_SMALL]}}})) == 1


def test_a_comparison_of_a_plugin_is_named():
    odd = ConditionOp("is_odd", 1, "true", lambda value, _: str(value)[-1] in "13579")

    assert blamed(leaf("deal.price", "is_odd", True), rules=RuleSet(ops={"is_odd": odd})) == [
        "“Budget” (deal.price) 120 000 does not pass “is_odd” with yes"
    ]


def test_a_date_is_compared_in_words_of_time():
    where = leaf("deal.delivery", "le", {"date": "2026-11-30"})

    assert blamed(where, delivery={"date": "2026-12-02"}) == ["deal.delivery 2 Dec 2026 is after 30 Nov 2026"]
    assert blamed(where, "ru", delivery={"date": "2026-12-02"}) == ["deal.delivery 2 декабря 2026 позже 30 ноября 2026"]


# -- the answer, and desks -----------------------------------------------------------------------------------


def answer(snapshot, *roles, user="u1", language="en"):
    policy = load_policy({"format": "workplaces/policy/1", "version": 1, "roles": [*roles]})
    loaded = load_snapshot(snapshot)
    why = explain(loaded, policy, user=user, task="t1", now=read_instant(NOW))
    return sentences(why, loaded, policy, language=language)[1].text


@pytest.mark.parametrize(
    ("snapshot", "roles", "english"),
    [
        (account(), [role()], "It comes next: first in the queue of the role “Sales” (sales)."),
        (SECOND, [role()], "It waits as number 2 in the queue of the role “Sales” (sales)."),
        (LEASED, [role()], "It is not handed out now: Ivan (u2) holds it until 12:15 (Europe/Moscow)."),
        (account(), [], "It is not handed out now: Anna (u1) has no role that is enabled."),
        (account(), [role(intervals=[NIGHT])],
         "It is not handed out now: no role of Anna (u1) is active, the next time is from 22:00 (Europe/Moscow)."),
        (account(), [role(intervals=[])], "It is not handed out now: no role of Anna (u1) is active."),
        (account({"due": "2026-11-26"}), [role()],
         "It is not handed out now: the task is due on a later day, 26 Nov 2026."),
        (account(), [priority(task_types=["2"])],
         "It is not handed out now: no priority of the active roles takes it."),
    ],
)  # fmt: skip
def test_the_answer_comes_first(snapshot, roles, english):
    assert answer(snapshot, *roles) == english


def test_a_task_of_another_role_waits_there():
    other = [
        {"id": "t9", "type": "2", "text": "", "responsible": "u1", "created": "2026-11-20T08:00Z", "due": "2026-11-24"}
    ]
    first = priority(task_types=["2"])

    assert answer(account(tasks=other), first, LATER_ROLE) == (
        "It waits as number 1 in the queue of the role “Later” (later), but the desk shows another role now."
    )


def desk(snapshot, *roles, user="u1", language="ru", now=NOW):
    policy = load_policy({"format": "workplaces/policy/1", "version": 1, "roles": [*roles]})
    loaded = load_snapshot(snapshot)
    shown = decide(loaded, policy, user=user, now=read_instant(now))
    return [line.text for line in desk_sentences(shown, loaded, policy, language=language)]


def test_a_desk_in_russian():
    assert desk(SECOND, role()) == [
        "Рабочее место: Anna (u1), вт 24 ноября 2026, 10:40 (Europe/Moscow)",
        "Роль «Sales» (sales) действует до 13:00 (Europe/Moscow)",
        "Далее: «Older» (t0): Call, просрочена на 2 дня",
        "Осталось на сегодня: 2; в общей очереди: 0",
    ]


def test_a_desk_without_a_role_says_when_the_next_one_comes():
    assert desk(account(), role(timezone="Asia/Yekaterinburg", intervals=[NIGHT]), language="en") == [
        "Desk of Anna (u1), Tue 24 Nov 2026, 12:40 (Asia/Yekaterinburg)",
        "No role now. Next: “Sales” (sales) from 22:00 (Asia/Yekaterinburg)",
        "Left today: 1; in the common queue: 0",
    ]


def test_a_desk_with_a_task_from_the_common_queue():
    shared = priority(common_queue={"from": "anyone"})

    assert desk(account({"responsible": "u2"}), shared)[2] == (
        "Далее: «Acme» (t1): Call, на сегодня, «Call back», из общей очереди, ответственный Ivan (u2)"
    )


def test_a_desk_with_a_call_at_an_exact_time():
    call = account({"due": "2026-11-24T10:43:00+03:00"})

    assert desk(call, EXACT)[2] == (
        "Далее по точному времени: «Acme» (t1): Call, срок 10:43 (Europe/Moscow), через 3 минуты, «Call back»"
    )


def test_a_desk_with_nothing_to_do():
    assert desk(account({"completed": True}), role())[2] == "Всё сделано: задач на сегодня не осталось"
    by_night = role(intervals=[MORNING, NIGHT], priorities=[{"id": "p", "name": "P", "intervals": ["night"]}])
    assert desk(account(), by_night)[2] == "Сейчас задач нет; роль изменится 13:00 (Europe/Moscow)"


# -- numbers, names, times -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 дней"), (1, "1 день"), (2, "2 дня"), (4, "4 дня"), (5, "5 дней"), (11, "11 дней"), (12, "12 дней"),
     (14, "14 дней"), (21, "21 день"), (22, "22 дня"), (100, "100 дней"), (101, "101 день"), (111, "111 дней"),
     (1_000_002, "1 000 002 дня")],
)  # fmt: skip
def test_russian_counts(number, text):
    assert RUSSIAN.count(number, "day") == text


def test_names_of_the_account_cannot_break_a_line_or_the_terminal():
    snapshot = account()
    snapshot["deals"][0]["name"] = "Acme\n\x1b[31m" + "x" * 200

    (text,) = [line for line in desk(snapshot, role(), language="en") if line.startswith("Next")]

    assert "\x1b" not in text
    assert "…”" in text


def test_an_instant_outside_the_calendar_is_still_said():
    wording = wording_of(load_snapshot(account()), datetime.fromisoformat(NOW))

    assert wording.instant("0001-01-01T00:00:00Z") == "1 Jan 1, 02:30:17 (Europe/Moscow)"
    assert wording.instant("9999-12-31T23:59:59Z") == "31 Dec 9999, 23:59:59 (UTC)"
