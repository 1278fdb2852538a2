"""Query strings as PHP reads them: `filter[id][]=1`, `filter[id][0]=1` and `filter[id]=1` all mean a list of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

Pairs = tuple[tuple[str, str], ...]
Tree = dict[str, Any]

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def pairs(text: str) -> Pairs:
    """Split and decode, in order.

    >>> pairs("filter%5Bid%5D[]=1&page=2")
    (('filter[id][]', '1'), ('page', '2'))
    """
    return tuple(parse_qsl(text, keep_blank_values=True))


def tree(parameters: Iterable[tuple[str, str]]) -> Tree:
    """Nest names with brackets; `[]` counts up.

    >>> tree([("filter[id][]", "1"), ("filter[id][]", "2"), ("page", "3")])
    {'filter': {'id': {'0': '1', '1': '2'}}, 'page': '3'}
    """
    root: Tree = {}
    for name, value in parameters:
        _put(root, _path(name), value)
    return root


def _path(name: str) -> list[str]:
    found = _NAME.match(name)
    return [found[1], *_KEY.findall(found[2])] if found else [name]


def _put(node: Tree, path: list[str], value: str) -> None:
    for key in path[:-1]:
        below = node.get(key or str(len(node)))
        if not isinstance(below, dict):
            below = node[key or str(len(node))] = {}
        node = below
    node[path[-1] or str(len(node))] = value


def values(node: Any) -> list[str]:
    """List what a parameter asks for, however it was spelled.

    >>> values({"0": "1", "1": "2"}), values("3"), values(None)
    (['1', '2'], ['3'], [])
    """
    if node is None:
        return []
    return [value for value in node.values() if isinstance(value, str)] if isinstance(node, dict) else [node]


def words(node: Any) -> Iterator[str]:
    """List what a comma-separated parameter holds.

    >>> list(words("contacts, tags"))
    ['contacts', 'tags']
    """
    for value in values(node):
        yield from (word.strip() for word in value.split(",") if word.strip())
