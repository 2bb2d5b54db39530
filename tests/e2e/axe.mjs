/** The findings of axe-core, which the page has loaded, in `subject`: a line for each broken rule. */
export async function violations(page, subject, options = {}) {
  const found = await page.evaluate(([subject, options]) => globalThis.axe.run(subject, { ...options, resultTypes: ["violations"] }), [subject, options]);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat()} ${failureSummary}`).slice(0, 3).join(" | ")}`);
}
