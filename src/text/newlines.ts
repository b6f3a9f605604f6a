const newline = 0x0a;

/** So many words are added up before a byte of the sum could overflow. */
const wordsPerSum = 255;

/** Counts the line breaks in a range of bytes: four at a time, since lines are counted of all that is read. */
export function countNewlines(bytes: Uint8Array, from: number, to: number): number {
  const misaligned = (bytes.byteOffset + from) % Int32Array.BYTES_PER_ELEMENT;
  const head = misaligned === 0 ? from : from + Int32Array.BYTES_PER_ELEMENT - misaligned;
  if (head >= to) return countOneByOne(bytes, from, to);
  const words = Math.floor((to - head) / Int32Array.BYTES_PER_ELEMENT);
  const tail = head + words * Int32Array.BYTES_PER_ELEMENT;
  const inWords = countInWords(new Int32Array(bytes.buffer, bytes.byteOffset + head, words));
  return countOneByOne(bytes, from, head) + inWords + countOneByOne(bytes, tail, to);
}

function countOneByOne(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index++) if (bytes[index] === newline) count++;
  return count;
}

function countInWords(words: Int32Array): number {
  let count = 0;
  for (let index = 0; index < words.length;) {
    const end = Math.min(words.length, index + wordsPerSum);
    let sum = 0;
    for (; index < end; index++) {
      // A byte is zero where the word has a line break. Adding 0x7f sets the highest bit of all others but 0x80, which has it.
      const zeroed = (words[index] ?? 0) ^ 0x0a0a0a0a;
      const others = ((zeroed & 0x7f7f7f7f) + 0x7f7f7f7f) | zeroed | 0x7f7f7f7f;
      sum = (sum + (~others >>> 7)) | 0;
    }
    count += (sum & 0xff) + ((sum >>> 8) & 0xff) + ((sum >>> 16) & 0xff) + (sum >>> 24);
  }
  return count;
}
