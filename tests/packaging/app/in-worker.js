// The client itself in a worker of the page's own.
import * as mergefetch from "mergefetch";

import { loop } from "./loop.js";

onmessage = async ({ data }) => postMessage(await loop(mergefetch, data).catch((error) => `failed: ${error.message}`));
