// The tags for Svelte's templates.
import type { Tags } from "mergefetch/element";
import type { HTMLAttributes } from "svelte/elements";

declare module "svelte/elements" {
  interface SvelteHTMLElements extends Tags<HTMLAttributes<HTMLElement>, "on"> {}
}
