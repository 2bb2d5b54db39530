// For tools that find neither the modules nor the worker: the modules are in the script.
import * as mergefetch from "mergefetch/inline";

import { mergedSave, show } from "./loop.js";

show((server) => mergedSave(mergefetch, server));
