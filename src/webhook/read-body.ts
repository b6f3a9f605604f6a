import express, { type Request, type RequestHandler } from 'express';

/**
 * Reads a body of JSON into request.body, as a Buffer; where the body is of another type, or there is none,
 * request.body stays undefined.
 *
 * The API server always says how long its body is. Node's parser holds it to that, so that nothing is left to be watched
 * while such a body is collected, and express.raw would take three times as long for it. Whatever else comes is
 * express.raw's: it refuses what is too long or compressed.
 */
export function readBody(maxBytes: number): RequestHandler {
  const readOther: RequestHandler = express.raw({ type: 'application/json', limit: maxBytes, inflate: false });
  return (request, response, next) => {
    if (!isPlain(request, maxBytes)) {
      // Told to come again while it was still sending: how much more would come is not known.
      request.on('data', () => {
        if (response.headersSent && response.statusCode === 429) request.destroy();
      });
      readOther(request, response, next);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      if (response.headersSent) chunks.length = 0;
      else chunks.push(chunk);
    });
    request.on('end', () => {
      // It was told to come again while it was still sending.
      if (response.headersSent) return;
      request.body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      next();
    });
  };
}

/** @returns false also where the length is not known */
function isPlain({ headers }: Request, maxBytes: number): boolean {
  return (
    headers['content-type'] === 'application/json' &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= maxBytes
  );
}
