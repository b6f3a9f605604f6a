import { expect, test } from '@jest/globals';
import { recordedNames, recordedRequest } from './recorded-requests.ts';
import { withWebhook } from './start-webhook.ts';

test('the webhook does all it does without making code from strings', async () => {
  const nodeFlags = ['--disallow-code-generation-from-strings'];
  await withWebhook({ nodeFlags }, async ({ client, get, process }) => {
    for (const name of recordedNames()) {
      const { path, body } = recordedRequest(name);
      expect(await client.review(path, body)).toMatchObject({ status: 200 });
    }
    expect(await client.review('/mutate', '{}')).toMatchObject({ status: 400 });
    expect(await get('/metrics')).toMatchObject({ status: 200 });
    expect(await process.stop()).toEqual({ exitCode: 0, signal: null });
    expect(process.output).not.toMatch(/EvalError|Code generation from strings/);
  });
});
