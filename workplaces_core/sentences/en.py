"""English."""

from __future__ import annotations

from workplaces_core.sentences.language import Language

_CODES = {
    "completed": "the task is done",
    "leased": "{by} holds it until {until}",
    "current": "it is the current task of {user}",
    "skipped": "{user} skipped it until {until}",
    "role_disabled": "the role is disabled",
    "not_a_member": "{user} does not belong to the role",
    "not_a_member unknown": "{user} does not belong to the role: there is no such user",
    "not_a_member inactive": "{user} does not belong to the role: the user is not active any more",
    "role_not_active": "the role is not active now, the next time is from {opens}",
    "role_not_active never": "the role is not active now, and nothing of it opens within a year",
    "role_not_active disabled": "the role is not active",
    "later_day": "the task is due on a later day, {date}",
    "not_yet": "its exact time lies ahead: it opens at {opens_at}, {lead} before {due}",
    "not_chosen": "the desk of {user} shows another role now",
    "queued": "number {position} in the queue of the role{decided}",
    "interval_not_active": "none of its intervals is active now: {intervals}",
    "interval_not_active none": "it has no intervals, so it is never active",
    "wrong_type": "it takes {types}; the task type is {type}",
    "condition_false": "its condition does not hold:",
    "condition_error": "its condition cannot be judged, so it does not take the task:",
    "not_responsible": "the responsible is {responsible}, and the priority is not a common queue",
    "outside_pool": "the responsible is {responsible}, and the common queue takes tasks of {pool} only",
    "matched_earlier": "an earlier priority takes the task: {by}",
    "takes": "takes the task",
}

_ANSWERS = {
    "question": "Task {task}: why is it here, or not? {user}, {at}",
    "current": "It is the current task.",
    "first": "It comes next: first in the queue of the role {role}.",
    "queued": "It waits as number {position} in the queue of the role {role}.",
    "elsewhere": "It waits as number {position} in the queue of the role {role}, but the desk shows another role now.",
    "reason": "It is not handed out now: {reason}.",
    "no role": "It is not handed out now: {user} has no role that is enabled.",
    "no active role": "It is not handed out now: no role of {user} is active, the next time is from {opens}.",
    "never active": "It is not handed out now: no role of {user} is active.",
    "no priority": "It is not handed out now: no priority of the active roles takes it.",
}

_PLACES = {
    "first": "",
    "lane": ", right after {after}, which has an exact time today",
    "priority": ", right after {after}, which an earlier priority takes",
    "bucket overdue": ", right after {after}: the overdue ones go first, this one is for today",
    "bucket today": ", right after {after}: today's go first, this one is overdue",
    "order": ", right after {after}, by {field}: there {theirs}, here {ours}",
    "due": ", right after {after}, which is due earlier",
    "created": ", right after {after}, which was created earlier",
    "id": ", right after {after}: all else is equal, so the ids decide",
}

_COMPARISONS = {
    "eq": ("{field} {value} is {constant}", "{field} {value} is not {constant}", "{constant}"),
    "in": ("{field} {value} is one of {constant}", "{field} {value} is none of {constant}", "one of {constant}"),
    "lt": (
        "{field} {value} is less than {constant}", "{field} {value} is not less than {constant}",
        "less than {constant}",
    ),
    "le": ("{field} {value} is at most {constant}", "{field} {value} is more than {constant}", "at most {constant}"),
    "gt": (
        "{field} {value} is more than {constant}", "{field} {value} is not more than {constant}",
        "more than {constant}",
    ),
    "ge": (
        "{field} {value} is at least {constant}", "{field} {value} is not at least {constant}", "at least {constant}",
    ),
    "between": (
        "{field} {value} is between {low} and {high}", "{field} {value} is not between {low} and {high}",
        "between {low} and {high}",
    ),
    "between any": ("{field} is {value}", "{field} is {value}", "any number, date or instant"),
    "contains": (
        "{field} {value} contains {constant}", "{field} {value} does not contain {constant}", "a text with {constant}",
    ),
    "starts_with": (
        "{field} {value} begins with {constant}", "{field} {value} does not begin with {constant}",
        "a text that begins with {constant}",
    ),
    "has_any": ("{field} {value} has one of {constant}", "{field} {value} has none of {constant}", "one of {constant}"),
    "has_all": (
        "{field} {value} has all of {constant}", "{field} {value} lacks some of {constant}", "all of {constant}",
    ),
    "days": ("{field} {value} is {constant}", "{field} {value} is not {constant}", "{constant}"),
    "is_set": ("{field} is filled in: {value}", "{field} is filled in: {value}", "any value"),
    "custom": (
        "{field} {value} passes “{op}” with {constant}", "{field} {value} does not pass “{op}” with {constant}",
        "what passes “{op}” with {constant}",
    ),
}  # fmt: skip

_TIMES = {
    "lt": ("{field} {value} is before {constant}", "{field} {value} is not before {constant}", "before {constant}"),
    "le": ("{field} {value} is not after {constant}", "{field} {value} is after {constant}", "not after {constant}"),
    "gt": ("{field} {value} is after {constant}", "{field} {value} is not after {constant}", "after {constant}"),
    "ge": ("{field} {value} is not before {constant}", "{field} {value} is before {constant}", "not before {constant}"),
}

_FIELDS = {
    "deal.name": "name of the deal",
    "deal.responsible": "responsible of the deal",
    "deal.tags": "tags of the deal",
    "deal.id": "id of the deal",
    "contact.name": "name of the contact",
    "contact.responsible": "responsible of the contact",
    "contact.tags": "tags of the contact",
    "contact.id": "id of the contact",
    "company.name": "name of the company",
    "company.responsible": "responsible of the company",
    "company.tags": "tags of the company",
    "company.id": "id of the company",
    "task.text": "text of the task",
    "task.responsible": "responsible of the task",
    "task.created": "creation of the task",
    "task.type": "task type",
}

_PHRASES = {
    "named": "{name} ({id})",
    "unknown": "{id} (unknown)",
    "task": "Task {name} ({id})",
    "role": "Role {name} ({id})",
    "priority": "Priority {name} ({id})",
    "moment": "{date}, {clock} ({zone})",
    "moment today": "{clock} ({zone})",
    "moment bare": "{date}, {clock}",
    "now": "{weekday} {moment}",
    "missing": "{field} is empty, asked for is {asked}",
    "missing value": "nothing",
    "wrong kind": "{field} {value} is {kind} and cannot be compared, asked for is {asked}",
    "must not": "{sentence}; the rule wants it otherwise",
    "none of these": "none of these holds:",
    "no alternatives": "the list of alternatives is empty, so it never holds",
    "true": "yes",
    "false": "no",
    "today": "today",
    "days ago": "{days} ago",
    "days ahead": "{days} ahead",
    "day range": "between {low} and {high}",
    "day range open end": "{low} or later",
    "day range open start": "{high} or earlier",
    "day range any": "on any day",
    "members": "the members of the role",
    "users": "users {names}",
    "groups": "groups {names}",
    "nobody": "nobody",
    "interval days": "{id} ({days} {start}–{end})",
    "interval rrule": "{id} ({rrule} from {date}, {start}–{end})",
    "due today": "due today",
    "due on": "due on {date}",
    "due at": "due at {moment}",
    "due in": "due at {moment}, in {duration}",
    "overdue": "overdue by {duration}",
    "desk": "Desk of {user}, {now}",
    "desk role": "Role {role}, until {until}",
    "desk role long": "Role {role}, for more than eight days on end",
    "no role": "No role now. Next: {role} from {opens}",
    "no role ever": "No role now, and none within a year",
    "current": "Current task: {task}, taken at {since}",
    "next": "Next: {task}",
    "next shared": "Next: {task}, from the common queue, responsible {responsible}",
    "next exact": "Next by its exact time: {task}",
    "all done": "Nothing to do: everything for today is done",
    "nothing now": "Nothing to do now; the role changes at {interval_until}",
    "nothing open": "Nothing to do now",
    "left": "Left today: {own}; in the common queue: {shared}",
    "task line": "{title} ({id}): {type}, {due}, {text}",
    "task line untitled": "{title} ({id}): {type}, {due}",
}

ENGLISH = Language(
    name="en",
    codes=_CODES,
    answers=_ANSWERS,
    places=_PLACES,
    comparisons=_COMPARISONS,
    times=_TIMES,
    kinds={
        "text": "a text", "number": "a number", "boolean": "yes or no", "date": "a date", "instant": "an instant",
        "texts": "a list",
    },
    fields=_FIELDS,
    phrases=_PHRASES,
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    units={
        "day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes"), "task": ("task", "tasks"),
        "error": ("error", "errors"), "warning": ("warning", "warnings"),
    },
    plural=lambda number: int(number != 1),
    quotes=("“", "”"),
    decimal_point=".",
)  # fmt: skip
