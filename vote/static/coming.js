/* A page that says when its poll opens: it counts down, and makes way for the paper then. */

import * as clock from "./clock.js";
import { look } from "./look.js";

clock.run();
look(document.querySelector("[data-paper]"));
