import { createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

/** Answers every request without reading it, so that only the load generator's own time is measured. */
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('data', () => socket.write(ANSWER));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage(server.address()));
