import { nodeResolve } from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";

export default {
  input: { main: "rollup-main.js", "worker-thread": "mergefetch/worker-thread" },
  output: { dir: "public" },
  plugins: [nodeResolve({ browser: true }), importMetaAssets()],
};
