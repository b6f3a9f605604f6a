import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** A file that is there and is not read, whatever is in it: no regular file, or larger than anybody needs. */
export class UnfitFileError extends Error {
  /** The end of a sentence that begins with the file. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file} ${reason}`);
    this.reason = reason;
  }
}

/** A configuration, a kubeconfig or a certificate; the largest ConfigMap has 1 MiB. */
export const maxSettingsBytes = 4 * 1024 * 1024;

/** Nobody waits at a pipe for a writer, and no terminal becomes ours. On Windows there are no such flags. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK || 0) | (constants.O_NOCTTY || 0);

const chunkBytes = 64 * 1024;

/** Of a file that is not read as a whole so much is read at once. */
const streamedBytes = 256 * 1024;

/**
 * Reads a file that somebody else may have chosen: a regular one, and no more of it than allowed.
 *
 * @throws UnfitFileError where it is a pipe, a device or a directory, or larger than `maxBytes`
 * @throws Error with a code, such as ENOENT, where it cannot be opened or read
 */
export async function readBoundedFile(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, flags);
  try {
    checkRegular(file, await handle.stat());
    const read = new BoundedRead(file, maxBytes);
    while (!read.isAtEnd) read.take((await handle.read(read.room, 0, read.room.length, null)).bytesRead);
    return read.all;
  } finally {
    await handle.close();
  }
}

/** The same, at once: for what a library reads at once. */
export function readBoundedFileSync(file: string, maxBytes: number): Buffer {
  const descriptor = openSync(file, flags);
  try {
    checkRegular(file, fstatSync(descriptor));
    const read = new BoundedRead(file, maxBytes);
    while (!read.isAtEnd) read.take(readSync(descriptor, read.room, 0, read.room.length, null));
    return read.all;
  } finally {
    closeSync(descriptor);
  }
}

/** A regular file of any size that is open; `size` in bytes is what it had then. */
export type OpenFile = { readonly descriptor: number; readonly size: number; readonly close: () => Promise<void> };

/** Opens a file to be read piece by piece. @throws as readBoundedFile does, but for the size */
export async function openFile(file: string): Promise<OpenFile> {
  const handle = await open(file, flags);
  try {
    const found = await handle.stat();
    checkRegular(file, found);
    return { descriptor: handle.fd, size: found.size, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a piece of an open file. Nothing else goes on meanwhile: to have another thread read it and to wait for that takes
 * longer.
 *
 * @param to where to stop @returns an empty piece at the end of the file
 */
export function readPiece(descriptor: number, from: number, to: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.min(streamedBytes, to - from));
  return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, from));
}

/** Reads an open file piece by piece, from one byte up to another, or to its end where that comes first. */
export function* readPieces(descriptor: number, from: number, to: number): Generator<Buffer, void, undefined> {
  for (let position = from; position < to;) {
    const piece = readPiece(descriptor, position, to);
    if (piece.length === 0) return;
    position += piece.length;
    yield piece;
  }
}

/**
 * Reads a regular file of any size piece by piece, up to the size that it has when it is opened: one that grows meanwhile
 * has an end all the same.
 *
 * @throws as readBoundedFile does, but for the size
 */
export async function* streamFile(file: string): AsyncGenerator<Buffer, void, undefined> {
  const { descriptor, size, close } = await openFile(file);
  try {
    yield* readPieces(descriptor, 0, size);
  } finally {
    await close();
  }
}

function checkRegular(file: string, found: Stats): void {
  if (!found.isFile()) throw new UnfitFileError(file, 'is no regular file');
}

/** What has been read of a file so far; its size says little, since it may grow, and those of /proc have none. */
class BoundedRead {
  readonly #file: string;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Where the next piece goes. */
  room = Buffer.allocUnsafe(chunkBytes);
  isAtEnd = false;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  /** @throws UnfitFileError where that makes it too large */
  take(bytesRead: number): void {
    this.isAtEnd = bytesRead === 0;
    this.#length += bytesRead;
    if (this.#length > this.#maxBytes)
      throw new UnfitFileError(this.#file, `is larger than ${this.#maxBytes / 1024 / 1024} MiB`);
    if (bytesRead === 0) return;
    this.#chunks.push(this.room.subarray(0, bytesRead));
    this.room = Buffer.allocUnsafe(chunkBytes);
  }

  get all(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
