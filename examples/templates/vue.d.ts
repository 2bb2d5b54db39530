// The tags for Vue's templates.
import type { Components } from "mergefetch/element";
import type { HTMLAttributes } from "vue";

declare module "vue" {
  interface GlobalComponents extends Components<HTMLAttributes> {}
}
