/**
 * Photographs every view of the elements: light and dark, 360 and 1280 pixels wide, English and Arabic. Needs a built package:
 *
 *     cargo xtask build && node tests/e2e/views.mjs [view ...]
 *
 * The pictures land in target/views.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openGallery } from "./gallery.mjs";

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
process.env.PKG_DIR ||= root("pkg/dist");
const wanted = process.argv.slice(2);
const folder = root("target/views");
await mkdir(folder, { recursive: true });
const gallery = await openGallery("chromium");
try {
  for (const width of [360, 1280]) {
    const { page, show } = await gallery.page({ viewport: { width, height: width === 360 ? 640 : 900 }, reducedMotion: "reduce" });
    await page.evaluate(async () => gallery.addTexts((await import("/mergefetch/element/texts/ar.js")).default));
    for (const name of await page.evaluate(() => globalThis.gallery.NAMES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      for (const theme of ["light", "dark"]) {
        for (const [lang, dir] of [["en", "ltr"], ["ar", "rtl"]]) {
          await show(name, { theme, lang, dir });
          // Scripts that load later are there before the picture.
          await page.waitForLoadState("networkidle");
          await page.screenshot({ path: `${folder}/${name}-${width}-${theme}-${lang}.png`, fullPage: process.env.WHOLE === "1" });
        }
      }
    }
    await page.context().close();
  }
} finally {
  await gallery.close();
}
console.log(folder);
