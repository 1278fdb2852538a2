// What the vendors' classic scripts put on the page.

import type SortableClass from "sortablejs";

declare global {
  const Sortable: typeof SortableClass;
  const uPlot: any;
  const htmx: { ajax(method: string, path: string, options: object): Promise<void>; process(element: Element): void; trigger(element: Element | string, name: string): void };
}

export {};
