// The custom elements, by their own entry point.
import * as mergefetch from "mergefetch";
import * as element from "mergefetch/element";
import german from "mergefetch/element/de";

import { elements, show } from "./loop.js";

show((server) => elements(mergefetch, element, german, server));
