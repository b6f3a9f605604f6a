/**
 * The floor: a webhook that reads a request and allows it, and does nothing else; under /patch it answers with a constant
 * patch too, so that what the API server does with one can be told apart. Started with fork; it sends its port, and ends
 * when its parent goes.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const [certFile = '', keyFile = '', annotations = ''] = process.argv.slice(2);

const operations = Object.entries(JSON.parse(annotations) as Readonly<Record<string, string>>).map(([key, value]) => ({
  op: 'add',
  path: `/metadata/annotations/${key.replaceAll('/', '~1')}`,
  value,
}));
const patch = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), keepAliveTimeout: 180_000 },
  (request, response) => {
    void json(request).then((review) => {
      const { uid } = (review as { readonly request: { readonly uid: string } }).request;
      const verdict = { uid, allowed: true, ...(request.url?.startsWith('/patch') === true && patch) };
      const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: verdict };
      const text = JSON.stringify(answer);
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      response.end(text);
    });
  },
);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => {
  process.exit();
});
