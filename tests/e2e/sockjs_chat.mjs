// Chats over one transport with the stock client of npm: node sockjs_chat.mjs URL TRANSPORT
// Says hello, joins the lobby, sends, waits for its ack and for an answer; prints what came.
import SockJS from "sockjs-client";

const [, , url, transport] = process.argv;
const told = {};
const socket = new SockJS(url, null, { transports: [transport] });
const say = (command) => socket.send(JSON.stringify(command));

const steps = {
  welcome: () => say({ type: "join", room: "lobby" }),
  joined: () => say({ type: "send", room: "lobby", text: "Hello from Node ěšč 🐈", client_id: "n1" }),
};
socket.onopen = () => {
  told.transport = socket.transport;
  say({ type: "hello", protocol: 1, name: "Nora" });
};
socket.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  if (event.type === "error") process.exit(1);
  steps[event.type]?.();
  if (event.type === "ack") told.ack = event.seq;
  if (event.type === "message") (told.messages ??= []).push([event.seq, event.from.name, event.text]);
  if (told.ack && told.messages?.at(-1)[2] === "Hello back") socket.close(1000, "done");
};
socket.onclose = ({ code }) => {
  console.log(JSON.stringify({ ...told, code }));
  process.exit(0);
};
