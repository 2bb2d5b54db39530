/** Stories of the elements on the page of the gallery, each on a page of its own that must not complain, in Chromium and Firefox. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openGallery } from "./gallery.mjs";

/** @param tell Declares the stories of one browser with `story(name, play, options)`. */
export function stories(tell) {
  for (const browser of ["chromium", "firefox"]) {
    describe(browser, () => {
      let gallery;
      before(async () => {
        gallery = await openGallery(browser);
      });
      after(() => gallery?.close());

      const story = (name, play, options = {}) =>
        test(name, async () => {
          const { page, complaints, show } = await gallery.page({ viewport: { width: 1000, height: 800 }, ...options });
          page.setDefaultTimeout(15_000);
          const subject = page.locator("#subject");
          const place = (label) => subject.getByRole("region", { name: label, exact: true });
          /** Opens the panel behind one control: the other choices of a place, the options, the result. */
          const more = (label) => place(label).getByRole("button", { name: "Other choices" }).click();
          const openOptions = () => subject.locator("details.tools > summary").click();
          const openResult = async () => {
            await subject.locator("details.result > summary").click();
            // The result comes with a script of its own.
            await subject.locator("details.result > :not(summary)").first().waitFor();
          };
          /** Puts a conflict of three documents into the page, with properties of the element. */
          const meet = async (documents, properties = {}) => {
            await show("json");
            await page.evaluate(
              async ([three, given]) => {
                const met = await gallery.conflictOf(...three);
                Object.assign(document.querySelector("#subject"), { labels: {}, who: "", ...given, ...met });
                await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
              },
              [documents, properties],
            );
          };
          await play({ page, show, meet, subject, place, more, seen, options: openOptions, openResult, complaints });
          assert.deepEqual(complaints, [], "the page complained in its console");
          await page.context().close();
        });

      tell(story, browser);
    });
  }
}

/** The visible part of a text: without the words for screen readers. */
const seen = (locator) =>
  locator.evaluate((one) => {
    const copy = one.cloneNode(true);
    for (const said of copy.querySelectorAll(".said")) said.remove();
    return copy.textContent;
  });
