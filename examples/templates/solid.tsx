// <merge-conflict> in Solid.
import type { Conflict, SaveResult } from "mergefetch";
import "mergefetch/element";
import type { Tags } from "mergefetch/element";
import type { JSX } from "solid-js";

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements extends Tags<JSX.HTMLAttributes<HTMLElement>, "on:"> {}
  }
}

export function Decide(given: { conflict: Conflict<{ title: string }>; onEnd: (result: SaveResult | null) => void }): JSX.Element {
  return <merge-conflict class="view" prop:conflict={given.conflict} prop:labels={{ "/title": "Title" }} on:resolve={({ detail }) => detail.ok && given.onEnd(detail)} on:cancel={() => given.onEnd(null)} />;
}
