import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { systemOf } from '../../../scripts/release/executable-format.ts';
import { targets } from '../../../scripts/release/node-binaries.ts';

/** A header of 256 bytes with some of them set. */
function header(bytes: Readonly<Record<number, readonly number[]>>): Buffer {
  const content = Buffer.alloc(256);
  for (const [at, values] of Object.entries(bytes)) content.set(values, Number(at));
  return content;
}

const elf = [0x7f, 0x45, 0x4c, 0x46];
const machO = [0xcf, 0xfa, 0xed, 0xfe];
const pe = { 0: [0x4d, 0x5a], 0x3c: [0x80], 0x80: [0x50, 0x45, 0, 0] };

test.each([
  ['linux/amd64', header({ 0: elf, 18: [0x3e, 0] })],
  ['linux/arm64', header({ 0: elf, 18: [0xb7, 0] })],
  ['darwin/amd64', header({ 0: machO, 4: [0x07, 0, 0, 0x01] })],
  ['darwin/arm64', header({ 0: machO, 4: [0x0c, 0, 0, 0x01] })],
  ['windows/amd64', header({ ...pe, 0x84: [0x64, 0x86] })],
])('an executable for %s is known by its header', (system, content) => {
  expect(systemOf(content)).toBe(system);
  expect(targets.map(({ os, arch }) => `${os}/${arch}`)).toContain(system);
});

test.each([
  ['one of another processor', header({ 0: elf, 18: [0x03, 0] })],
  ['a script', Buffer.from(`#!/bin/sh\n${'\n'.repeat(100)}`)],
  ['a program of MS-DOS', header({ 0: [0x4d, 0x5a], 0x3c: [0x80] })],
  ['one whose header lies elsewhere', header({ 0: [0x4d, 0x5a], 0x3c: [0xff, 0xff, 0xff, 0x7f] })],
  ['an empty file', Buffer.alloc(0)],
])('%s is none for a system that there are executables for', (_, content) => {
  expect(systemOf(content)).toBeUndefined();
});

test('the Node that runs this is for this system', () => {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  expect(systemOf(readFileSync(process.execPath))).toBe(`${process.platform}/${arch}`);
});
