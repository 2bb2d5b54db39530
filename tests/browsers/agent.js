// A page that does what the test says, where no driver can: minibrowser.mjs.
for (;;) {
  const { script, args } = await (await fetch("/agent/next", { cache: "no-store" })).json();
  let told;
  try {
    told = { value: await new Function(`return (${script})(...arguments)`)(...args) };
  } catch (error) {
    told = { error: `${error} ${error?.stack}` };
  }
  await fetch("/agent/done", { method: "POST", body: JSON.stringify(told) });
}
