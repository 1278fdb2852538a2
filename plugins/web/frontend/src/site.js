// What every page runs.

import * as forms from "./forms.js";
import * as live from "./live.js";
import * as panels from "./panels.js";
import "./ticking.js";

forms.listen();
live.listen();
panels.listen();
document.dispatchEvent(new Event("listening"));
