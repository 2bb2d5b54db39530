/** The texts of the elements: English, and how others take its place. */

/** A text for each plural category of its language, as `Intl.PluralRules` names them; `other` is always there. */
export type Plural = { readonly other: string } & Partial<Readonly<Record<"zero" | "one" | "two" | "few" | "many", string>>>;

/** English: what the elements say where no other texts are known. */
export const en = {
  lang: "en",
  base: "Before",
  mine: "Your version",
  theirs: "[{who}’s version|The other person’s version]",
  baseAbout: "when you opened it",
  mineAbout: "not saved yet",
  theirsAbout: "[saved {when}]",
  places: { one: "{n} decision to make", other: "{n} decisions to make" } as Plural,
  look: "Please look at the result",
  happened: "[{who}|Somebody else] saved this[ {when}] while you were editing it. Edits that do not touch are together already; where they do, you decide.",
  created: "[{who}|Somebody else] created this[ {when}] while you were writing yours, and the two differ.",
  decided: "decided",
  undecided: "to decide",
  waiting: { one: "{n} decision still to make", other: "{n} decisions still to make" } as Plural,
  allDecided: "Everything is decided.",
  options: "Options",
  restMine: "Your version for the rest",
  restTheirs: "[{who}’s version|The other version] for the rest",
  reopenAll: "Undo all decisions",
  save: "Save",
  cancel: "Back to editing",
  decideFirst: "Decide first",
  saving: "Saving …",
  moved: "[{who}|Somebody else] saved once more while you decided. Decisions that still hold are kept.",
  next: "Next",
  previous: "Previous",
  nextAbout: "Next open decision",
  previousAbout: "Previous open decision",
  view: "View",
  columns: "Side by side",
  column: "One column",
  showBase: "Show what was there before",
  text: "Text",
  item: "Item",
  justNow: "just now",
  document: "The whole document",
  line: "Line {n}",
  lines: "Lines {n} to {m}",
  afterLine: "After line {n}",
  unchanged: { one: "{n} unchanged line", other: "{n} unchanged lines" } as Plural,
  withChanges: { one: "with {n} merged change", other: "with {n} merged changes" } as Plural,
  show: "Show",
  characters: { one: "{n} more character", other: "{n} more characters" } as Plural,
  moreLines: { one: "{n} more line", other: "{n} more lines" } as Plural,
  others: { one: "{n} other unchanged", other: "{n} others unchanged" } as Plural,
  range: "{n} to {m} of {all}",
  nothing: "not there",
  removed: "removed",
  added: "added",
  empty: "empty",
  yes: "yes",
  no: "no",
  moved1: "moved",
  atTop: "at the top",
  after: "after {name}",
  inPlace: "in {name}",
  bytes: { one: "{n} byte", other: "{n} bytes" } as Plural,
  picture: "Load the picture",
  recommended: "Recommended",
  takeRecommended: { one: "Take the recommendation", other: "Take all {n} recommendations" } as Plural,
  lost: "Lost:",
  nothingLost: "Nothing is lost.",
  byBoth: "by you and [{who}|the other person]",
  more: "Other choices",
  suggested: "Both edits together",
  suggestedWhole: "Save it all the same",
  both: "Keep both, yours first",
  "both-reversed": "Keep both, [{who}’s|the other] first",
  removeBoth: "Remove what either of you removed",
  asBefore: "As it was before",
  custom: "Write it yourself",
  customList: "Choose and order the items yourself",
  customOrder: "Choose the order yourself",
  customText: "Edit by hand",
  own: "Your own version",
  ownLines: "one in each line",
  ownJson: "as JSON",
  ownWrong: "This does not fit here: a value of the same kind is needed.",
  ownOrder: "Drag an item, or move it with the arrow keys.",
  up: "Move up: {name}",
  down: "Move down: {name}",
  edit: "Edit",
  all: "All",
  open: "Open",
  find: "Find",
  filter: "Show which",
  found: { one: "{n} place", other: "{n} places" } as Plural,
  merged: { one: "{n} change is in already", other: "{n} changes are in already" } as Plural,
  ambiguous: "this could also be put together in another way",
  result: "Result",
  fromMine: "yours",
  fromTheirs: "[by {who}|by the other person]",
  fromSame: "both of you",
  fromIgnored: "by the server",
  fromDecided: "your decision",
  fromWaiting: "waits for you",
  typed: "What you typed stays. A later decision would change it here:",
  typedKeep: "Keep what I typed",
  "edit-delete": "You changed this; [{who}|the other person] removed it.",
  "delete-edit": "You removed this; [{who}|the other person] changed it.",
  "add-add": "You and [{who}|the other person] both added this, with different values.",
  "insert-insert": "You and [{who}|the other person] both wrote something new here.",
  type: "You and [{who}|the other person] put different kinds of values here.",
  "move-move": "You and [{who}|the other person] moved this to different places.",
  order: "You and [{who}|the other person] put these in different orders.",
  group: "These values belong together, and both of you changed some of them.",
  "no-base": "It is not known what was there before.",
  invalid: "Put together, the two edits break a rule.",
  gonePlace: "[{who}|Somebody else] deleted this document[ {when}] while you were editing it",
  goneAbout: "Your edit is still here, and nothing happens to it until you decide.",
  restore: "Restore it with your changes",
  restoreAbout: "The document comes back as you wrote it.",
  restoreSave: "Restore the document",
  leave: "Let it stay deleted",
  leaveAbout: "The document stays deleted. Your edit is not saved; you can copy it.",
  leaveSave: "Let it stay deleted",
  copy: "Save a copy",
  copyAbout: "Your edit becomes a new document. The deleted one stays deleted.",
  copySave: "Save a copy",
  editedPlace: "[{who}|Somebody else] changed this document[ {when}] before you deleted it",
  editedAbout: "It is not deleted yet. The other changes would be deleted with it, so look at them first.",
  remove: "Delete it all the same",
  removeAbout: "The changes below are deleted with it.",
  removeSave: "Delete the document",
  keep: "Keep it, with the changes",
  keepAbout: "Nothing is deleted.",
  keepSave: "Keep the document",
  wroteMine: "Your edit",
  wroteTheirs: "[{who}’s changes|The other person’s changes]",
  duplicate: "Not saved: this is taken already",
  "invalid-state": "Not saved: this is not possible right now",
  constraint: "Not saved: something does not fit yet",
  locked: "Not saved: somebody else has it locked",
  busy: "Not saved yet: the server is busy",
  "version-required": "Not saved: your version is not the newest",
  "stale-read": "Not saved: the newest version has not arrived yet",
  forbidden: "Not saved: you are not allowed to change this",
  unprotected: "Not sent: it could overwrite what somebody else wrote",
  unknown: "It is not known whether this was saved",
  duplicateDo: "Choose another value for what is taken, and save again.",
  "invalid-stateDo": "Choose one of the possible states, or look at the newest version.",
  constraintDo: "Correct what is named here, and save again.",
  lockedDo: "Wait until it is free again, or ask the person who locked it, then save again.",
  busyDo: "Wait a moment, then save again.",
  "version-requiredDo": "Load the newest version, and save again.",
  "stale-readDo": "Wait a moment, then save again.",
  forbiddenDo: "Ask somebody who is allowed to, or sign in again.",
  unprotectedDo: "Load the newest version, and save again.",
  unknownDo: "Check your connection and save again. It is never saved twice.",
  wait: "Please wait {when}.",
  safe: "Your edit is still here.",
  words: "The server says:",
  stateNow: "State now",
  statesNext: "Possible next",
  none: "none",
  unknownState: "unknown",
  retry: "Try again",
  yourEdit: "Your edit",
  copyEdit: "Copy",
  copied: "Copied",
  noAnswer: "no answer",
  status: "status {n}",
  failed: "This did not work: {words}",
};

/** Every text that the elements show, by name. `{n}` and its like are filled in; a part in `[ ]` is left out, or its words after `|` are taken, if its blank is unknown. */
export type Texts = { readonly [K in keyof typeof en]: (typeof en)[K] extends string ? string : Plural };

const known = new Map<string, Texts>([["en", en]]);

/**
 * Makes texts known: an element then takes those of the `lang` that it stands in, and English where there are none.
 *
 * @param texts As `mergefetch/element/de` exports them, or your own.
 */
export function addTexts(...texts: readonly Texts[]): void {
  for (const one of texts) known.set(one.lang.toLowerCase(), one);
}

/** The texts for an element: of the nearest `lang`, in whatever tree. @internal */
export function textsFor(element: Element): { readonly texts: Texts; readonly locale: string } {
  let lang = "";
  for (let at: Node | null = element; at !== null && lang === ""; at = at instanceof ShadowRoot ? at.host : at.parentNode) {
    if (at instanceof Element) lang = at.getAttribute("lang") ?? "";
  }
  const tag = lang.toLowerCase();
  const texts = known.get(tag) ?? known.get(tag.split("-")[0] ?? "");
  // Dates and numbers are written as in the region that the page names.
  return texts === undefined ? { texts: en, locale: en.lang } : { texts, locale: lang };
}

/** Without the marks for the direction of writing: each value has a direction of its own, and in a document such marks are shown. */
function unmarked(text: string): string {
  return text.replace(/[\u200e\u200f\u061c]/g, "");
}

/** Texts with what they need to speak. @internal */
export class Words {
  readonly #texts: Texts;
  /** What dates and numbers are written in. */
  readonly lang: string;
  readonly #plurals: Intl.PluralRules;
  readonly #numbers: Intl.NumberFormat;
  /** Who made the other edit, and how long ago: blanks of every text. */
  people: { readonly who?: string | undefined; readonly when?: string | undefined } = {};

  constructor(texts: Texts, locale = texts.lang) {
    this.#texts = texts;
    this.lang = locale;
    this.#plurals = new Intl.PluralRules(texts.lang);
    this.#numbers = new Intl.NumberFormat(locale, { useGrouping: "min2", maximumFractionDigits: 20 });
  }

  /** What separates a name from what is said about it. */
  get comma(): string {
    return this.lang.startsWith("ar") ? "، " : ", ";
  }

  number(value: number): string {
    return unmarked(this.#numbers.format(value));
  }

  /** 15 as "15 %", in the writing of the language. */
  percent(value: number): string {
    return unmarked(new Intl.NumberFormat(this.lang, { style: "percent", maximumFractionDigits: 10 }).format(value / 100));
  }

  /** An amount with its currency; null where these are none. */
  money(amount: unknown, currency: unknown): string | null {
    const value = typeof amount === "string" && amount.trim() !== "" ? Number(amount) : amount;
    if (typeof value !== "number" || Number.isNaN(value) || typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency)) return null;
    return unmarked(new Intl.NumberFormat(this.lang, { style: "currency", currency, maximumFractionDigits: 20 }).format(value));
  }

  /** A text with its blanks filled in; of a plural, the form for `n`. */
  say(name: keyof Texts, values: Readonly<Record<string, string | number | undefined>> = {}): string {
    // Of texts without types, some may be missing.
    const text = (this.#texts as Partial<Texts>)[name] ?? en[name];
    const template = typeof text === "string" ? text : (text[this.#plurals.select(Number(values["n"]))] ?? text.other);
    const all: Readonly<Record<string, string | number | undefined>> = { ...this.people, ...values };
    const told = template.replace(/\[([^\]{|]*\{(\w+)\}[^\]|]*)(?:\|([^\]]*))?\]/g, (_, part: string, key: string, instead = "") => (all[key] === undefined ? (instead as string) : part));
    return told.replace(/\{(\w+)\}/g, (_, key: string) => {
      const value = all[key];
      return typeof value === "number" ? this.number(value) : (value ?? "");
    });
  }

  /** "2031-06-21" or "2031-06-21T10:00:00Z" as people write it; null for anything else. */
  date(text: string): string | null {
    if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
    const isDay = text.length === 10;
    const date = new Date(text);
    const day = text.slice(0, 10);
    // 31 February is no day, though browsers make it 3 March.
    if (Number.isNaN(date.getTime()) || new Date(day).toJSON().slice(0, 10) !== day) return null;
    const format = isDay ? ({ dateStyle: "long", timeZone: "UTC" } as const) : ({ dateStyle: "long", timeStyle: date.getTime() % 60_000 === 0 ? "short" : "medium" } as const);
    return new Intl.DateTimeFormat(this.lang, format).format(date);
  }

  /** "3 minutes ago"; a date where that is long. */
  ago(date: Date): string {
    // What another clock says is to come was just now.
    const seconds = Math.min(0, date.getTime() - Date.now()) / 1000;
    const units = [["minute", 60], ["hour", 3600], ["day", 86_400]] as const;
    if (Math.abs(seconds) < 45) return this.say("justNow");
    const [unit, size] = units.findLast(([, length]) => Math.abs(seconds) >= length) ?? units[0];
    if (Math.abs(seconds) > 6 * 86_400) return new Intl.DateTimeFormat(this.lang, { dateStyle: "long" }).format(date);
    return new Intl.RelativeTimeFormat(this.lang, { numeric: "auto" }).format(Math.round(seconds / size), unit);
  }

  /** "5 seconds", "2 minutes": how long to wait. */
  duration(ms: number): string {
    const seconds = Math.ceil(ms / 1000);
    const [unit, value] = seconds < 120 ? ["second", seconds] : ["minute", Math.ceil(seconds / 60)];
    return new Intl.NumberFormat(this.lang, { style: "unit", unit: String(unit), unitDisplay: "long" }).format(Number(value));
  }
}
