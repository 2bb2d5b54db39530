/** The texts of the elements: English, and how others take its place. */

/** A text for each plural category of its language, as `Intl.PluralRules` names them; `other` is always there. */
export type Plural = { readonly other: string } & Partial<Readonly<Record<"zero" | "one" | "two" | "few" | "many", string>>>;

/** English: what the elements say where no other texts are known. */
export const en = {
  lang: "en",
  base: "Base",
  mine: "Mine",
  theirs: "Theirs",
  baseAbout: "when you opened it",
  mineAbout: "your edit",
  theirsAbout: "on the server now",
  somebody: "Somebody else",
  places: { one: "{n} place needs your decision", other: "{n} places need your decision" } as Plural,
  look: "Please look at the result",
  happened: "{who} saved this document[ {when}] while you were editing it. Edits that do not touch are merged already; where they do, you decide.",
  created: "{who} created this document[ {when}] while you were writing yours, and the two differ.",
  decided: "decided",
  undecided: "to decide",
  waiting: { one: "{n} decision still to make", other: "{n} decisions still to make" } as Plural,
  allDecided: "Everything is decided.",
  restMine: "Mine for the rest",
  restTheirs: "Theirs for the rest",
  reopenAll: "Undo all",
  save: "Save the result",
  cancel: "Back to editing",
  decideFirst: "Decide first",
  saving: "Saving …",
  moved: "The document was changed once more while you decided. Decisions that still hold are kept.",
  next: "Next",
  previous: "Previous",
  nextAbout: "Next place that waits",
  previousAbout: "Previous place that waits",
  view: "View",
  columns: "Side by side",
  column: "One column",
  showBase: "Show base",
  showPaths: "Show paths",
  text: "Text",
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
  range: "{n} to {m} of {all}",
  nothing: "not there",
  removed: "removed",
  empty: "empty",
  yes: "yes",
  no: "no",
  moved1: "moved",
  bytes: { one: "{n} byte", other: "{n} bytes" } as Plural,
  picture: "Load the picture",
  suggested: "Put the words of both together",
  suggestedWhole: "Save the merge all the same",
  both: "Keep both, mine first",
  "both-reversed": "Keep both, theirs first",
  custom: "Write something else",
  customText: "Edit by hand",
  own: "Your own value",
  ownLines: "one in each line",
  ownJson: "as JSON",
  ownWrong: "This is not a value of the same kind.",
  edit: "Edit",
  merged: { one: "{n} change merged by itself", other: "{n} changes merged by themselves" } as Plural,
  ambiguous: "could also be merged in another way",
  result: "Result",
  fromMine: "yours",
  fromTheirs: "theirs",
  fromSame: "both of you",
  fromIgnored: "the server's",
  fromDecided: "your decision",
  fromWaiting: "waits for you",
  typed: "What you typed stands. A later decision would change it here:",
  typedKeep: "Keep what I typed",
  "edit-delete": "You changed this; somebody else took it out.",
  "delete-edit": "You took this out; somebody else changed it.",
  "add-add": "You and somebody else both added this, with different values.",
  "insert-insert": "You and somebody else both wrote something new here.",
  type: "One of you changed what kind of value this is, the other changed what is in it.",
  "move-move": "You and somebody else moved this to different places.",
  order: "You and somebody else put these in different orders.",
  group: "These values belong together, and both of you changed some of them.",
  "no-base": "There is no common version to compare with.",
  invalid: "Put together, the two edits break a rule.",
  gonePlace: "{who} deleted this document[ {when}] while you were editing it",
  goneAbout: "The server does not have it any more. Your edit is still here, and nothing happens to it until you decide.",
  restore: "Restore it with my changes",
  restoreAbout: "The document comes back as you wrote it.",
  restoreSave: "Restore the document",
  leave: "Let it stay deleted",
  leaveAbout: "The document stays gone. Your edit is not saved; you can copy it.",
  leaveSave: "Let it stay deleted",
  copy: "Save a copy",
  copyAbout: "What you wrote becomes a new document. The deleted one stays gone.",
  copySave: "Save a copy",
  editedPlace: "{who} changed this document[ {when}] before you deleted it",
  editedAbout: "It has not been deleted. What they wrote would go with it, so have a look first.",
  remove: "Delete it all the same",
  removeAbout: "Their changes go with it.",
  removeSave: "Delete the document",
  keep: "Keep it, with their changes",
  keepAbout: "Nothing is deleted.",
  keepSave: "Keep the document",
  wroteMine: "What you wrote",
  wroteTheirs: "What they wrote",
  duplicate: "Not saved: this is taken already",
  "invalid-state": "Not saved: not possible in this state",
  constraint: "Not saved: the server has a rule against it",
  locked: "Not saved: somebody holds a lock",
  busy: "Not saved yet: the server is busy",
  "version-required": "Not saved: the server wants to know which version you edited",
  "stale-read": "Not saved: the server keeps showing an old version",
  forbidden: "Not saved: you are not allowed to",
  unprotected: "Not sent: there is no version to protect it with",
  unknown: "It is not known whether this was saved",
  duplicateDo: "Change what is taken, and save again.",
  "invalid-stateDo": "Choose a state that is possible, or look at the newest version.",
  constraintDo: "Change what the server complains of, and save again.",
  lockedDo: "Wait until the lock is released, then save again.",
  busyDo: "Wait a moment, then save again.",
  "version-requiredDo": "Load the newest version, and save again.",
  "stale-readDo": "Wait a moment, then save again.",
  forbiddenDo: "Ask somebody who is allowed to, or sign in as somebody who is.",
  unprotectedDo: "Load the newest version, and save again.",
  unknownDo: "Save again when the server can be reached: should the first attempt have arrived, it is not saved twice.",
  wait: "The server asks to wait {when}.",
  safe: "Your edit is still here.",
  words: "The server says:",
  stateNow: "State now",
  statesNext: "Possible from there",
  none: "none",
  unknownState: "not told",
  retry: "Try again",
  yourEdit: "Your edit",
  copyEdit: "Copy",
  copied: "Copied",
  noAnswer: "no answer",
  status: "status {n}",
  failed: "This did not work: {words}",
};

/** Every text that the elements show, by name. `{n}` and its like are filled in; what stands in `[ ]` is left out where it has nothing to say. */
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

/** Texts with what they need to speak. @internal */
export class Words {
  readonly #texts: Texts;
  /** What dates and numbers are written in. */
  readonly lang: string;
  readonly #plurals: Intl.PluralRules;
  readonly #numbers: Intl.NumberFormat;

  constructor(texts: Texts, locale = texts.lang) {
    this.#texts = texts;
    this.lang = locale;
    this.#plurals = new Intl.PluralRules(texts.lang);
    this.#numbers = new Intl.NumberFormat(locale, { useGrouping: "min2", maximumFractionDigits: 20 });
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** A text with its blanks filled in; of a plural, the form for `n`. */
  say(name: keyof Texts, values: Readonly<Record<string, string | number | undefined>> = {}): string {
    const text = this.#texts[name];
    const template = typeof text === "string" ? text : (text[this.#plurals.select(Number(values["n"]))] ?? text.other);
    const told = template.replace(/\[([^\]{]*\{(\w+)\}[^\]]*)\]/g, (_, part: string, key: string) => (values[key] === undefined ? "" : part));
    return told.replace(/\{(\w+)\}/g, (_, key: string) => {
      const value = values[key];
      return typeof value === "number" ? this.number(value) : (value ?? "");
    });
  }

  /** "2031-06-21" or "2031-06-21T10:00:00Z" as people write it; null for anything else. */
  date(text: string): string | null {
    if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
    const isDay = text.length === 10;
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) return null;
    const format = isDay ? ({ dateStyle: "long", timeZone: "UTC" } as const) : ({ dateStyle: "long", timeStyle: "short" } as const);
    return new Intl.DateTimeFormat(this.lang, format).format(date);
  }

  /** "3 minutes ago"; a date where that is long. */
  ago(date: Date): string {
    const seconds = (date.getTime() - Date.now()) / 1000;
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
