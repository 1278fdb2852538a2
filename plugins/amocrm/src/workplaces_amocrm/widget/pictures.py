"""What the widget's pictures show: a desk with one task on top of the queue, in the sizes that amoCRM asks for."""

from __future__ import annotations

from workplaces_amocrm.widget.drawing import DEEP, GREEN, LINE, PALE, WHITE, Box, Canvas

LOGOS: dict[str, tuple[int, int]] = {
    "logo.png": (130, 100),
    "logo_main.png": (400, 272),
    "logo_medium.png": (240, 84),
    "logo_min.png": (84, 84),
    "logo_small.png": (108, 108),
}
"""Every logo with its width and height in pixels."""

TOUR = "tour.png"
_TOUR_SIZE = (1188, 616)
_ROWS = (0.34, 0.56, 0.78)


def pictures() -> dict[str, bytes]:
    """Draw all of them: the name of each file with its content.

    >>> sorted(pictures())
    ['logo.png', 'logo_main.png', 'logo_medium.png', 'logo_min.png', 'logo_small.png', 'tour.png']
    """
    return {name: _logo(*size) for name, size in LOGOS.items()} | {TOUR: _tour(*_TOUR_SIZE)}


def _logo(width: int, height: int) -> bytes:
    canvas = Canvas(width, height, WHITE)
    side = 0.88 * min(width, height)
    _mark(canvas, Box((width - side) / 2, (height - side) / 2, side, side))
    return canvas.png()


def _mark(canvas: Canvas, box: Box) -> None:
    """Draw the sign: a sheet with a task on top, ticked, and the ones that wait below it."""
    canvas.pill(box, 0.22 * box.width, DEEP)
    sheet = box.part(0.18, 0.16, 0.64, 0.68)
    canvas.pill(sheet, 0.07 * box.width, WHITE)
    top = sheet.part(0.1, 0.1, 0.8, 0.36)
    canvas.pill(top, 0.05 * box.width, GREEN)
    canvas.tick(top.part(0.36, 0.25, 0.28, 0.5), 0.055 * box.width, WHITE)
    for share in (0.58, 0.76):
        line = sheet.part(0.1, share, 0.8, 0.1)
        canvas.pill(line, line.height / 2, LINE)


def _tour(width: int, height: int) -> bytes:
    """Draw a page of a CRM, with the desk as a panel in its corner."""
    canvas = Canvas(width, height, PALE)
    page = Box(0, 0, width, height)
    canvas.pill(page.part(0, 0, 0.055, 1), 0, DEEP)
    canvas.pill(page.part(0.09, 0.07, 0.3, 0.05), 12, LINE)
    for left in (0.09, 0.29, 0.49):
        for top in _ROWS:
            card = page.part(left, top - 0.14, 0.17, 0.18)
            canvas.pill(card, 10, WHITE)
            canvas.pill(card.part(0.08, 0.2, 0.7, 0.14), 7, LINE)
            canvas.pill(card.part(0.08, 0.55, 0.45, 0.12), 7, PALE)
    _panel(canvas, page.part(0.69, 0.1, 0.27, 0.82))
    return canvas.png()


def _panel(canvas: Canvas, box: Box) -> None:
    canvas.pill(box, 16, LINE)
    canvas.pill(Box(box.left + 2, box.top + 2, box.width - 4, box.height - 4), 14, WHITE)
    canvas.pill(box.part(0.07, 0.05, 0.55, 0.045), 10, LINE)
    task = box.part(0.07, 0.15, 0.86, 0.36)
    canvas.pill(task, 12, PALE)
    canvas.pill(task.part(0.08, 0.14, 0.7, 0.13), 10, DEEP)
    canvas.pill(task.part(0.08, 0.38, 0.5, 0.1), 8, LINE)
    done = task.part(0.08, 0.62, 0.38, 0.25)
    canvas.pill(done, 10, GREEN)
    canvas.tick(done.part(0.4, 0.28, 0.2, 0.44), 6, WHITE)
    canvas.pill(task.part(0.52, 0.62, 0.38, 0.25), 10, LINE)
    for top in (0.58, 0.68, 0.78):
        canvas.pill(box.part(0.07, top, 0.86, 0.06), 9, PALE)
