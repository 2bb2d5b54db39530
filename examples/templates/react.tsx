// <merge-conflict> in React 19.
import type { Conflict, SaveResult } from "mergefetch";
import "mergefetch/element";
import type { Tags } from "mergefetch/element";
import type { DetailedHTMLProps, HTMLAttributes } from "react";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements extends Tags<DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement>, "on"> {}
  }
}

export function Decide({ conflict, onEnd }: { conflict: Conflict<{ title: string }>; onEnd: (result: SaveResult | null) => void }) {
  return <merge-conflict className="view" conflict={conflict} labels={{ "/title": "Title" }} preselect onresolve={({ detail }) => detail.ok && onEnd(detail)} oncancel={() => onEnd(null)} />;
}
