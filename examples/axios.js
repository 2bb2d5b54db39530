import axios from "axios";

import { settlingFetch } from "mergefetch/helpers";

/** `axios.create({ adapter: mergefetch(http, decide) })` */
export function mergefetch(http, decide) {
  const fetch = settlingFetch(http, decide);
  return (config) => axios.getAdapter("fetch", { ...config, env: { ...config.env, fetch } })(config);
}
