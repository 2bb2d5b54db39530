// As it stands, in the browser.
import * as mergefetch from "mergefetch";
import { mergeText } from "mergefetch/worker";

import { loop, show } from "./loop.js";

show(async (server) => [await loop(mergefetch, server), (await mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")).text].join("|"));
