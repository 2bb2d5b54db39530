// One file, and nothing beside it.
import * as mergefetch from "mergefetch/inline";

import { loop, show } from "./loop.js";

show((server) => loop(mergefetch, server));
