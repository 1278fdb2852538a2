"""What `import workplaces_amocrm` brings along: every command of `workplaces` pays for it."""

from __future__ import annotations

import subprocess
import sys


def test_the_plugin_is_imported_without_client_server_and_screen():
    code = "import sys, workplaces_amocrm; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    heavy = {"httpx", "rich", "click", "jwt", "stamina", "http.server", "asyncio", "ssl", "multiprocessing"}
    assert not heavy & set(out.split())
    assert not {"workplaces_amocrm.client.http", "workplaces_amocrm.fake", "workplaces_amocrm.cli"} & set(out.split())
