// What `helm test` runs, in the image. It applies, in a dry run, a RuntimeClass whose handler is a path. Nobody but shimgate says
// [AbsolutePath], and it does so in every mode: so registration, Service, certificate, CA and rules work together.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port, NAME: name } = process.env;
const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
const url = `${server}/apis/node.k8s.io/v1/runtimeclasses/${name}?dryRun=All&fieldManager=helm-test`;
const request = {
  method: 'PATCH',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/apply-patch+yaml' },
  body: JSON.stringify({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name },
    handler: '/bin/sh',
  }),
};

async function ask() {
  try {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(15_000) });
    const { message } = await answer.json();
    return `${answer.status} ${message ?? 'the RuntimeClass was let in'}`;
  } catch (error) {
    return `no answer: ${error.cause?.message ?? error.message}`;
  }
}

// An API server may hear of the webhooks a moment after the pods are ready.
let said = await ask();
for (let tries = 20; tries > 0 && !said.includes('[AbsolutePath]'); tries--) {
  await sleep(1000);
  said = await ask();
}
const refused = said.includes('[AbsolutePath]');
console.log(`${refused ? 'passed' : 'failed'}: a RuntimeClass with the handler /bin/sh got: ${said}`);
process.exitCode = refused ? 0 : 1;
