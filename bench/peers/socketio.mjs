// socket.io: everybody's messages to everybody by `io.emit`, WebSocket only.
import http from 'node:http';
import { Server } from 'socket.io';

const server = http.createServer();
// The generator answers pings of WebSocket, not those of engine.io: none in the time of a run.
const io = new Server(server, { transports: ['websocket'], pingInterval: 3_600_000 });

io.on('connection', (client) => client.on('message', (text) => io.emit('message', text)));
server.listen(0, '127.0.0.1', 4096, () => console.log('ready', server.address().port));
