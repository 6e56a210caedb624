// Keeps what is typed into form[data-keep] in this browser until the server has it: a crash, an expired session or
// another writer takes no words. Kept by person, page and form; offered again beside the form, never put in unasked.
import { announce } from "./live.js";

const PREFIX = "smarketing:kept:";
const SENT = "smarketing:sent";
const DAYS = 14;
const PAUSE = 800;
const TEXTS = "textarea, input:not([type]), input[type=text]";
const timers = new Map();
const asItCame = new WeakMap();
const undecided = new WeakMap();  // what is offered on the page and neither taken nor forgotten

const person = () => document.body.dataset.person;
const mine = () => `${PREFIX}${person()}:`;
const keyOf = (form) => `${mine()}${form.getAttribute("action") || location.pathname}`;
const textsOf = (form) => [...form.querySelectorAll(TEXTS)].filter((field) => field.name && !field.readOnly);
const revisionOf = (form) => form.querySelector("[name=revision]");
const words = (name, at) => `${document.getElementById("unsent").dataset[name]}, ${moment(new Date(at))}`;

function moment(at) {
  const isToday = at.toDateString() === new Date().toDateString();
  const parts = { hour: "2-digit", minute: "2-digit", ...(isToday ? {} : { day: "numeric", month: "short" }) };
  return new Intl.DateTimeFormat(document.documentElement.lang, parts).format(at);
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** False where the browser keeps nothing, or has no room: then nothing is promised. */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function forget(prefix, isOver = () => true) {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix) && isOver(key)) localStorage.removeItem(key);
}

const answered = () => performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200;
const isRefusal = () => answered() >= 400 || document.querySelector("#toasts .is-error") !== null;

/** The texts as the page came, so that an untouched field of a later version is left alone; a page that came with a
 * refusal holds what was typed before, all of which is still to be sent. */
function remember(form) {
  asItCame.set(form, new Map(answered() < 400 ? textsOf(form).map((field) => [field.name, field.value]) : []));
}

/** Texts of fields that the page does not have, of a step that was added and never saved. */
function homeless(form, kept) {
  const here = new Set(textsOf(form).map((field) => field.name));
  return Object.entries(kept?.fields ?? {}).filter(([name]) => !here.has(name));
}

function keep(form) {
  timers.delete(form);
  const key = keyOf(form);
  const before = asItCame.get(form) ?? new Map();
  const typed = textsOf(form).filter((field) => field.value !== (before.get(field.name) ?? ""));
  const earlier = undecided.has(form) ? Object.entries(undecided.get(form).fields) : homeless(form, read(key));
  const texts = [...earlier, ...typed.map((field) => [field.name, field.value])];
  if (!texts.length) return localStorage.removeItem(key);
  const kept = { at: Date.now(), revision: revisionOf(form)?.value ?? "", fields: Object.fromEntries(texts) };
  if (write(key, kept)) say(form, words("saved", kept.at));
}

function say(form, text) {
  let line = form.querySelector(":scope [data-unsent-line]");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "sm-sub sm-tiny sm-unsent" });
    line.dataset.unsentLine = "";
    form.append(line);
    announce(text);  // once: a reader of the screen is not told again at every pause
  }
  line.textContent = text;
}

function offer(form, kept, rest) {
  const notice = document.getElementById("unsent").content.firstElementChild.cloneNode(true);
  const button = notice.querySelector("[data-unsent-back]");
  notice.querySelector("[data-unsent-when]").textContent = words("found", kept.at);
  undecided.set(form, kept);
  button.addEventListener("click", () => {
    undecided.delete(form);
    for (const field of textsOf(form)) {
      if (!(field.name in kept.fields)) continue;
      field.value = kept.fields[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    // Written on an older state of the draft: the server then shows both texts instead of taking one.
    const revision = revisionOf(form);
    if (revision && kept.revision !== "") revision.value = kept.revision;
    if (rest.length) showRest(notice, rest);
    else notice.remove();
    textsOf(form).find((field) => field.name in kept.fields)?.focus();
  });
  notice.querySelector("[data-unsent-forget]").addEventListener("click", () => {
    undecided.delete(form);
    localStorage.removeItem(keyOf(form));
    notice.remove();
  });
  form.prepend(notice);
}

function showRest(notice, rest) {
  const place = notice.querySelector("[data-unsent-rest]");
  place.hidden = false;
  place.querySelector("p").textContent = rest.map(([, text]) => text).join("\n\n");
  notice.querySelector("[data-unsent-back]").remove();
}

/** The server has it when the page after the sending came whole: not a refusal, nor the sign-in page. */
function settle() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && person() && !isRefusal()) localStorage.removeItem(sent);
}

export function attach(root) {
  if (!person() || !document.getElementById("unsent")) return;
  for (const form of root.querySelectorAll("form[data-keep]")) {
    remember(form);
    const kept = read(keyOf(form));
    if (!kept) continue;
    const rest = homeless(form, kept);
    if (rest.length || textsOf(form).some((field) => field.name in kept.fields && kept.fields[field.name] !== field.value)) offer(form, kept, rest);
  }
}

export function start() {
  settle();
  forget(PREFIX, (key) => Date.now() - (read(key)?.at ?? 0) > DAYS * 86_400_000);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    // Counted from the first key, not the last: whoever writes without a pause loses no more than others.
    if (form && person() && !timers.has(form)) timers.set(form, setTimeout(() => keep(form), PAUSE));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-keep]") && !event.submitter?.matches("[formnovalidate]")) {
      clearTimeout(timers.get(form));
      keep(form);
      sessionStorage.setItem(SENT, keyOf(form));
    } else if (form.matches("[data-sign-out]")) {
      timers.forEach(clearTimeout);
      forget(mine());
    }
  });
}
