/** The page of a room: the element that its markup names. */

import { TornchatRoom } from "./shell.js";

customElements.define("tornchat-room", TornchatRoom);
