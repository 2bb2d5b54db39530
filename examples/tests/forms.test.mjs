// Libraries of forms: what people type goes into the document, what others save comes into the form, and no row is doubled or lost.
import assert from "node:assert/strict";
import { test } from "node:test";

import { React, createRoot, place, typeInto } from "./dom.mjs";
import { held, start, theirs, until } from "./support.mjs";

const { createElement: element } = React;
const [hookForm, tanstack] = [await import("../react-hook-form.js"), await import("../tanstack-form.js")];
const { useFieldArray } = await import("react-hook-form");

const ROWS = [{ id: "a", name: "Apples", count: 1 }, { id: "b", name: "Bread", count: 2 }, { id: "c", name: "Cheese", count: 3 }];
const LIST = { title: "Shopping", owner: { name: "Ann" }, rows: ROWS };

const LIBRARIES = {
  "react-hook-form": (http, url, given) => function View() {
    const [state, note, form] = hookForm.useDocumentForm(http, url, { defaultValues: { title: "", rows: [] } });
    const { fields, append } = useFieldArray({ control: form.control, name: "rows", keyName: "key" });
    const { isDirty, dirtyFields } = form.formState;
    Object.assign(given, { state, note, values: () => form.getValues(), add: append, isDirty, dirtyFields });
    return element("form", null,
      element("input", { ...form.register("title"), id: "title" }),
      fields.map(({ key }, at) => element("input", { key, ...form.register(`rows.${at}.name`), className: "row" })));
  },
  "TanStack Form": (http, url, given) => function View() {
    const [state, note, form] = tanstack.useDocumentForm(http, url, given.options ??= { defaultValues: { title: "", rows: [] } });
    Object.assign(given, { state, note, values: () => form.state.values, add: (row) => form.pushFieldValue("rows", row) });
    const input = (name, props) => element(form.Field, { name, key: props.key ?? name }, (field) =>
      element("input", { ...props, key: undefined, value: field.state.value ?? "", onChange: (event) => field.handleChange(event.target.value) }));
    return element("form", null, input("title", { id: "title" }),
      element(form.Field, { name: "rows", mode: "array" }, (field) => field.state.value.map((_, at) => input(`rows[${at}].name`, { className: "row" }))));
  },
};

for (const [name, make] of Object.entries(LIBRARIES)) {
  async function opened(t) {
    const { url, http } = await start(LIST);
    const given = {};
    const into = place();
    const root = createRoot(into);
    root.render(element(React.StrictMode, null, element(make(http, url, given))));
    t.after(() => root.unmount());
    const rows = () => [...into.querySelectorAll(".row")].map(({ value }) => value);
    await until(() => rows().length === 3 && given.state.base);
    return { url, given, into, rows, title: into.querySelector("#title") };
  }

  test(`${name}: the form shows the document, typing is an edit of it, and it is saved with members that the form has no field for`, async (t) => {
    const { url, given, rows, title } = await opened(t);
    assert.deepEqual([title.value, rows()], ["Shopping", ["Apples", "Bread", "Cheese"]]);
    assert.deepEqual([given.state.isDirty, given.state.edits], [false, 0], "showing is no edit");
    typeInto(title, "Party");
    await until(() => given.state.draft.title === "Party");
    assert.equal(given.state.isDirty, true);
    assert.ok((await given.note.save()).ok);
    assert.deepEqual(await held(url), { ...LIST, title: "Party" });
  });

  test(`${name}: what others save comes into the form, beside what was typed`, async (t) => {
    const { url, given, into, rows, title } = await opened(t);
    title.focus();
    typeInto(title, "Shopping list");
    title.setSelectionRange(3, 5);
    const inputs = [...into.querySelectorAll("input")];
    await theirs(url, { ...LIST, owner: { name: "Ben" }, rows: ROWS.with(1, { ...ROWS[1], name: "Rye bread" }) });
    await given.note.load();
    await until(() => rows()[1] === "Rye bread");
    assert.equal(title.value, "Shopping list");
    assert.equal(document.activeElement, title);
    assert.deepEqual([title.selectionStart, title.selectionEnd], [3, 5]);
    assert.deepEqual([...into.querySelectorAll("input")], inputs, "no field is made anew");
    assert.deepEqual(given.values().owner, { name: "Ben" });
    if (given.dirtyFields) assert.deepEqual(given.dirtyFields, { title: true }, "dirty is what this person typed");
    assert.equal(given.state.edits, 1, "their edit is none of this person's");
    assert.equal((await given.note.save()).kind, "saved");
    assert.deepEqual(await held(url), { title: "Shopping list", owner: { name: "Ben" }, rows: ROWS.with(1, { ...ROWS[1], name: "Rye bread" }) });
  });

  for (const [what, change] of Object.entries({
    "reorder the rows": ([a, b, c]) => [c, a, b],
    "reverse the rows and edit one": ([a, b, c]) => [c, { ...b, count: 20 }, a],
    "insert and remove rows": ([a, , c]) => [{ id: "x", name: "Xylitol", count: 9 }, a, c],
  })) {
    test(`${name}: others ${what} while a row is typed in and one is added: no row is doubled or lost`, async (t) => {
      const { url, given, into, rows } = await opened(t);
      typeInto(into.querySelectorAll(".row")[0], "Green apples");
      await until(() => given.state.draft.rows[0].name === "Green apples");
      given.add({ id: "d", name: "Dates", count: 4 });
      await until(() => rows().length === 4 && given.state.draft.rows.length === 4);
      await theirs(url, { ...LIST, rows: change(ROWS) });
      await given.note.load();
      const expected = change(ROWS).map((row) => (row.id === "a" ? { ...row, name: "Green apples" } : row));
      await until(() => rows().length === expected.length + 1 && given.state.draft.rows[0].id === expected[0].id);
      const ids = given.state.draft.rows.map(({ id }) => id);
      assert.deepEqual(ids.toSorted(), [...expected.map(({ id }) => id), "d"].toSorted());
      assert.deepEqual(given.state.draft.rows.filter(({ id }) => id !== "d"), expected);
      assert.deepEqual(given.values().rows, given.state.draft.rows);
      await until(() => rows().join() === given.state.draft.rows.map((row) => row.name).join());
      // Typing goes into the row that it shows.
      const at = ids.indexOf("c");
      typeInto(into.querySelectorAll(".row")[at], "Old cheese");
      await until(() => given.state.draft.rows[at].name === "Old cheese");
      assert.ok((await given.note.save()).ok);
      const saved = await held(url);
      assert.deepEqual(saved.rows.map(({ id }) => id), ids);
      assert.deepEqual(saved.rows[at], { id: "c", name: "Old cheese", count: 3 });
    });
  }

  test(`${name}: others write in the text in which a person types: the caret stays before its word`, async (t) => {
    const { url, given, title } = await opened(t);
    title.focus();
    typeInto(title, "Shopping");
    title.setSelectionRange(8, 8);
    await theirs(url, { ...LIST, title: "Our Shopping" });
    await given.note.load();
    await until(() => title.value === "Our Shopping");
    await until(() => title.selectionStart === 12);
    assert.equal(document.activeElement, title);
  });
}
