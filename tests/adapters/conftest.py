"""Distributions with plugins, as they lie on disk after an installation, for as long as a test runs."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent

import pytest


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution: `install("acme", "1.2", {"acme": "acme_plugin"}, acme_plugin="source")`."""
    site = tmp_path / "site"
    modules = set()

    def install(name, version, entry_points, **sources):
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        lines = [f"{point} = {target}" for point, target in entry_points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[workplaces]", *lines, ""]), encoding="utf-8")
        for module, text in sources.items():
            (site / f"{module}.py").write_text(IMPORTS + dedent(text), encoding="utf-8")
            modules.add(module)
        importlib.invalidate_caches()

    site.mkdir()
    monkeypatch.syspath_prepend(site)
    yield install
    for module in modules:
        sys.modules.pop(module, None)


IMPORTS = "from workplaces_core.adapters.hookspecs import hookimpl\n"
