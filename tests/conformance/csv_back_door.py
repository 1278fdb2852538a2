"""The back door into a folder of CSV files: an editor that knows nothing of the adapter. Every cell is quoted."""

from __future__ import annotations

import csv
from datetime import date, datetime

from workplaces_core.changes import Kind, Remove, Set
from workplaces_core.model import Company, Contact, Deal, Subject, Task

FILES: dict[Kind, str] = {
    "account": "account", "user": "users", "group": "groups", "task_type": "task_types", "field": "fields",
    "deal": "deals", "contact": "contacts", "company": "companies", "task": "tasks",
}  # fmt: skip
HEADERS = {
    "account": "id,timezone",
    "users": "id,name,active,groups",
    "groups": "id,name",
    "task_types": "id,name",
    "fields": "entity,id,name,type,options",
    "deals": "id,name,responsible,tags,contacts,company",
    "contacts": "id,name,responsible,tags",
    "companies": "id,name,responsible,tags",
    "tasks": "id,type,text,responsible,created,due,subject_kind,subject_id,completed,result",
}
TASK = ("id", "type", "text", "responsible", "created", "due")


def empty(folder):
    """Make every file of a folder, with nothing but its header."""
    for name, header in HEADERS.items():
        (folder / f"{name}.csv").write_text(f"{header}\n", encoding="utf-8")


class CsvBackDoor:
    def __init__(self, folder, snapshot):
        self.folder = folder
        empty(folder)
        self.put(Set("account", snapshot.account))
        for kind, name in FILES.items():
            if kind != "account":
                self.put(*(Set(kind, entity) for entity in getattr(snapshot, name).values()))

    def put(self, *changes):
        for kind in {change.kind for change in changes}:
            rows = {(row["id"], row.get("entity")): row for row in self.rows(kind)}
            for change in changes:
                if isinstance(change, Remove):
                    rows.pop((change.id, None), None)
                elif change.kind == kind:
                    row = _row(change.value)
                    place = row["id"], row.get("entity")
                    rows[place] = {**rows.get(place, {}), **row}
            self.write(kind, list(rows.values()))

    def entity(self, kind, entity_id):
        row = next((row for row in self.rows(kind) if row["id"] == entity_id), None)
        return None if row is None else _READ[kind](row)

    def results(self, task):
        row = next(row for row in self.rows("task") if row["id"] == task)
        return [row.get("result", "")] if row["completed"] == "true" else []

    def path(self, kind):
        return self.folder / f"{FILES[kind]}.csv"

    def rows(self, kind):
        with self.path(kind).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, kind, rows):
        columns = dict.fromkeys([*HEADERS[FILES[kind]].split(","), *(column for row in rows for column in row)])
        with self.path(kind).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(columns), restval="", quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)


def _row(entity):
    match entity:
        case Task():
            subject = entity.subject or Subject("deal", "")
            row = {name: _cell(getattr(entity, name)) for name in TASK}
            kind = subject.kind if subject.id else ""
            row |= {"subject_kind": kind, "subject_id": subject.id, "completed": _cell(entity.completed)}
            return row | ({} if entity.completed else {"result": ""})
        case Deal() | Contact() | Company():
            row = {name: _cell(getattr(entity, name)) for name in ("id", "name", "responsible", "tags")}
            if isinstance(entity, Deal):
                row |= {"contacts": _cell(entity.contacts), "company": _cell(entity.company)}
            return row | {f"fields.{name}": _cell(value) for name, value in entity.fields.items()}
    return {name: _cell(getattr(entity, name)) for name in type(entity).__slots__ if name != "__weakref__"}


def _cell(value):
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return ";".join(value) if isinstance(value, tuple) else value.isoformat() if isinstance(value, date) else str(value)


def _task(row):
    subject = Subject(row["subject_kind"], row["subject_id"]) if row["subject_id"] else None
    due = datetime.fromisoformat(row["due"]) if "T" in row["due"] else date.fromisoformat(row["due"])
    created = datetime.fromisoformat(row["created"])
    completed = row["completed"] == "true"
    return Task(row["id"], row["type"], row["text"], row["responsible"], created, due, subject, completed)


def _deal(row):
    contacts = tuple(filter(None, row["contacts"].split(";")))
    return Deal(**_common(row), contacts=contacts, company=row["company"] or None)


def _common(row):
    fields = {name.removeprefix("fields."): row[name] for name in row if name.startswith("fields.") and row[name]}
    read = {name: int(value) if name == "budget" else date.fromisoformat(value) for name, value in fields.items()}
    tags = tuple(filter(None, row["tags"].split(";")))
    return {
        "id": row["id"],
        "name": row["name"],
        "responsible": row["responsible"] or None,
        "tags": tags,
        "fields": read,
    }


_READ = {
    "task": _task,
    "deal": _deal,
    "contact": lambda row: Contact(**_common(row)),
    "company": lambda row: Company(**_common(row)),
}
