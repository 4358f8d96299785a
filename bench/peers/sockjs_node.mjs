// sockjs-node: everybody's messages to everybody, as its own chat example does it.
import http from 'node:http';
import sockjs from 'sockjs';

const server = http.createServer();
const everybody = new Set();
const service = sockjs.createServer({ prefix: '/sockjs', log: () => {} });

service.on('connection', (client) => {
  everybody.add(client);
  client.on('data', (text) => {
    for (const other of everybody) other.write(text);
  });
  client.on('close', () => everybody.delete(client));
});
service.installHandlers(server);
server.listen(0, '127.0.0.1', 4096, () => console.log('ready', server.address().port));
