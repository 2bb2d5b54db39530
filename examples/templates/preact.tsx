// <merge-conflict> in Preact.
import type { Conflict, SaveResult } from "mergefetch";
import "mergefetch/element";
import type { Tags } from "mergefetch/element";
import type { ClassAttributes, HTMLAttributes } from "preact";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements extends Tags<HTMLAttributes<HTMLElement> & ClassAttributes<HTMLElement>, "on"> {}
  }
}

export function Decide({ conflict, onEnd }: { conflict: Conflict<{ title: string }>; onEnd: (result: SaveResult | null) => void }) {
  return <merge-conflict class="view" conflict={conflict} labels={{ "/title": "Title" }} onresolve={({ detail }) => detail.ok && onEnd(detail)} oncancel={() => onEnd(null)} />;
}
