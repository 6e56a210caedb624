// Starts every behaviour; each finds its elements by a data attribute and works on what htmx brings in later.
import * as busy from "./busy.js";
import * as charts from "./charts.js";
import * as contact from "./contact.js";
import * as criteria from "./criteria.js";
import * as dialog from "./dialog.js";
import * as differences from "./differences.js";
import * as errors from "./errors.js";
import * as failures from "./failures.js";
import * as guard from "./guard.js";
import * as hold from "./hold.js";
import * as keep from "./keep.js";
import * as keys from "./keys.js";
import * as menu from "./menu.js";
import * as poll from "./poll.js";
import * as popover from "./popover.js";
import * as print from "./print.js";
import * as queue from "./queue.js";
import * as rows from "./rows.js";
import * as save from "./save.js";
import * as select from "./select.js";
import * as toasts from "./toasts.js";
import * as track from "./track.js";

const behaviours = [busy, charts, contact, criteria, dialog, differences, errors, failures, guard, hold, keep, keys, menu, poll, popover, print, queue, rows, save, select, toasts, track];

for (const behaviour of behaviours) behaviour.start?.();

/** A behaviour's `attach(root)` sees the whole page once, then each fragment that htmx swaps in. */
const attach = (root) => { for (const behaviour of behaviours) behaviour.attach?.(root); };
attach(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) return attach(event.detail.elt);
  // The whole page: what htmx does is bound as well now.
  document.documentElement.dataset.ready = "yes";
  hold.ready();
});
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
});
