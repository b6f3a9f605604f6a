/**
 * What shimgate is measured against, as a process of its own: `https` is node:https that parses the body and answers a
 * constant; `express` is the same with express and its JSON parser. Prints the port that it took.
 *
 * Usage: node bare-server.ts https|express CERT_FILE KEY_FILE
 */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';

const [kind, certFile = '', keyFile = ''] = process.argv.slice(2);

const constant = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: 'constant', allowed: true },
};

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  kind === 'express' ? withExpress() : bare(),
);
// As shimgate does: a connection waits while others have their turn.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
});

function bare(): RequestListener {
  const answer = JSON.stringify(constant);
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'));
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) })
        .end(answer);
    });
  };
}

function withExpress(): RequestListener {
  const app = express();
  app.post('/', express.json({ limit: '8mb' }), (_request, response) => {
    response.json(constant);
  });
  return app as RequestListener;
}
