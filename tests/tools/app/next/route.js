// On the server, too, saves are merged.
import * as mergefetch from "mergefetch";

import { mergedSave } from "../loop";

export async function GET(request) {
  const saved = await mergedSave(mergefetch, new URL(request.url).searchParams.get("server")).catch((error) => `failed: ${error.code} ${error.message}`);
  return new Response(saved);
}
