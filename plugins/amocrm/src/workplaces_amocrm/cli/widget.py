"""`workplaces amocrm widget`: the archive to upload."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("widget")
@click.option("--backend-url", required=True, help="Where the desk is served from, https.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("widget.zip"),
    show_default=True,
    help="The archive to write.",
)
@click.option(
    "--version", default="1.0.0", show_default=True, help="Higher for every upload, or browsers keep the old."
)
@click.option("--code", help="The code of the integration, when amoCRM gave one.")
@click.option("--support", help="The page for people with a question.  [default: --backend-url]")
def command(*, backend_url: str, out: Path, version: str, code: str | None, support: str | None) -> None:
    """Build the widget: the desk on every page, and the admin page in the settings.

    Nothing is asked of amoCRM. The same options give the same bytes.
    """
    from workplaces_amocrm.cli.output import replacing
    from workplaces_amocrm.widget.archive import widget_zip
    from workplaces_amocrm.widget.manifest import WidgetSettings

    archive = widget_zip(WidgetSettings(backend_url=backend_url, version=version, code=code, support=support))
    with replacing(out) as stream:
        stream.write(archive)
    click.echo(f"written: {out}")
