// Speaks to a SockJS endpoint with the stock client of npm: node node_client.mjs URL TRANSPORT
// Echoes 100 messages in order, up to 10 in flight, and says which transport it used.
import SockJS from "sockjs-client";

const [, , url, transport] = process.argv;
const COUNT = 100;
const WINDOW = 10;
const text = (i) => `message ${i} ěšč 🐈 "\\\u2028${"x".repeat(i * 7)}`;

const fail = (reason) => {
  console.error(reason);
  process.exit(1);
};
const socket = new SockJS(url, null, { transports: [transport] });
let sent = 0;
let received = 0;
let used = null;

const send = () => {
  while (sent < COUNT && sent - received < WINDOW) socket.send(text(sent++));
};
socket.onopen = () => {
  used = socket.transport;
  send();
};
socket.onmessage = ({ data }) => {
  if (data !== text(received)) fail(`expected ${text(received)}, got ${data}`);
  received++;
  if (received === COUNT) socket.close(1000, "done");
  else send();
};
socket.onclose = ({ code, reason }) => {
  if (received !== COUNT) fail(`closed after ${received}: ${code} ${reason}`);
  console.log(`${used} ${received} ${code}`);
  process.exit(0);
};
