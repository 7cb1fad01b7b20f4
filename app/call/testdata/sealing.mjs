// Makes the vectors of sealing_test.go: livekit-client's FrameCryptor.ts and
// utils.ts, done again with WebCrypto. Run: node app/call/testdata/sealing.mjs
import { webcrypto } from 'node:crypto';

const subtle = webcrypto.subtle;
const text = new TextEncoder();
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const series = (n, first, step) => Array.from({ length: n }, (_, i) => (first + i * step) & 255);

const phrase = Buffer.from(series(32, 0, 7)).toString('base64url');
const material = await subtle.importKey('raw', text.encode(phrase), { name: 'PBKDF2' }, false, ['deriveKey']);
const key = await subtle.deriveKey(
  { name: 'PBKDF2', salt: text.encode('LKFrameEncryptionKey'), hash: 'SHA-256', iterations: 100000 },
  material, { name: 'AES-GCM', length: 128 }, true, ['encrypt']);

function writeRbsp(data) {
  const out = [];
  let zeros = 0;
  for (const byte of data) {
    if (byte <= 3 && zeros >= 2) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    if (byte === 0) ++zeros;
    else zeros = 0;
  }
  return new Uint8Array(out);
}

async function seal(frame, clear, nal, iv) {
  const header = frame.slice(0, clear);
  const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: header }, key, frame.slice(clear)));
  let body = new Uint8Array([...sealed, ...iv, 12, 0]);
  if (nal) body = writeRbsp(body);
  return new Uint8Array([...header, ...body]);
}

const iv = new Uint8Array([0, 0, 0, 0, 0, 1, ...series(6, 0x20, 0x31)]); // zeros: to be escaped in H.264
const sps = [0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80];
console.log(`phrase ${phrase}, key ${hex(await subtle.exportKey('raw', key))}`);
for (const [codec, bytes, clear, nal] of [
  ['OPUS', [0xfc, ...series(40, 3, 11)], 1, false],
  ['OPUS', [0xf8], 1, false],
  ['VP8', [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, ...series(50, 9, 5)], 10, false],
  ['VP8', [0x31, 0x05, 0x00, ...series(33, 1, 3)], 3, false],
  ['VP9', series(20, 0x82, 17), 0, false],
  ['H264', [...sps, 0, 0, 0, 1, 0x65, 0x88, ...series(60, 0, 7)], 22, true],
  ['H264', [0, 0, 0, 1, 0x41, 0x9a, ...series(25, 4, 9)], 6, true],
]) {
  const frame = new Uint8Array(bytes);
  console.log(`{"${codec}", "${hex(frame)}", "${hex(await seal(frame, clear, nal, iv))}"},`);
}
