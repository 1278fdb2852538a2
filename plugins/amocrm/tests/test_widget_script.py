"""The script of the widget, as it stands in the archive, run by node on a page that is made up."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from workplaces_amocrm.widget.archive import widget_zip
from workplaces_amocrm.widget.manifest import WidgetSettings

NODE = shutil.which("node")
CASES = Path(__file__).with_name("widget_script.test.mjs")


@pytest.mark.skipif(NODE is None, reason="node is not on the PATH: the widget's script is not tested")
def test_the_script_keeps_its_promises_inside_the_crm(tmp_path):
    archive = widget_zip(WidgetSettings(backend_url="https://desk.example.ru/места"))
    script = tmp_path / "script.js"
    script.write_bytes(zipfile.ZipFile(io.BytesIO(archive)).read("script.js"))
    environment = {**os.environ, "WIDGET_SCRIPT": str(script)}
    ran = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", str(CASES)],
        env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "# fail 0" in ran.stdout
    assert "# tests 0" not in ran.stdout
