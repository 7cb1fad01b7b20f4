
// ---- the codec test's verbs, beside the peer's --------------------------------
//
// Pictures are drawn and compared in their planes (I420): a canvas would convert
// their colours, and Chromium does so by Rec. 709 or 601 as it likes.

const YUV = [[180, 128, 128], [162, 44, 142], [131, 156, 44], [112, 72, 58], [84, 184, 198], [65, 100, 212], [35, 212, 114], [16, 128, 128]];

function planes(width, height) {
  const all = new Uint8Array((width * height * 3) / 2);
  const luma = width * height, chroma = luma / 4;
  return { all, width, height, y: all.subarray(0, luma), u: all.subarray(luma, luma + chroma), v: all.subarray(luma + chroma) };
}

// drawPlanes draws media/video's card (card.go) to the sample, without its clock.
function drawPlanes(p, number, at) {
  const { width: w, height: h } = p;
  const set = (plane, stride, x0, y0, x1, y1, value) => {
    for (let y = y0; y < y1; y++) plane.fill(value, y * stride + x0, y * stride + x1);
  };
  const fill = (x0, y0, x1, y1, [y, u, v]) => {
    [x0, y0, x1, y1] = [x0, y0, x1, y1].map(Math.floor);
    set(p.y, w, x0, y0, x1, y1, y);
    const half = [x0, y0, x1, y1].map((x) => (x + 1) >> 1);
    set(p.u, w / 2, ...half, u);
    set(p.v, w / 2, ...half, v);
  };
  fill(0, 0, w, h, [40, 134, 122]);
  YUV.forEach((c, i) => fill((w * i) / 8, (h * 66) / 135, (w * (i + 1)) / 8, (h * 100) / 135, c));
  fill((w * 20) / 240, (h * 6) / 135, (w * 220) / 240, (h * 62) / 135, [126, 128, 128]);
  const words = [number >>> 16, number & 0xffff, Math.floor(at / 2 ** 32) & 0xffff, Math.floor(at / 65536) & 0xffff, at % 65536];
  words.push(crc16(words));
  const x = (col) => (w * (24 * COLS + col * 192)) / (240 * COLS);
  const y = (row) => (h * (10 * ROWS + row * 48)) / (135 * ROWS);
  for (let row = 0; row < ROWS; row++) {
    for (let col = 0; col < COLS; col++) {
      fill(x(col), y(row), x(col + 1), y(row + 1), [(words[row] >> (COLS - 1 - col)) & 1 ? 235 : 16, 128, 128]);
    }
  }
  const side = Math.floor(h / 10) & ~1, left = Math.floor(((at % 4000) * (w - side)) / 4000), top = Math.floor((h * 102) / 135);
  fill(left, top, left + side, top + side, [190, 90, 160]);
}

// clockTop is where the card's clock begins: what is above is compared.
function clockTop(w, h) {
  const scale = Math.max(1, Math.min(Math.floor(Math.floor((h * 14) / 100) / 13), Math.floor(w / 84)));
  return h - 13 * scale - Math.floor(h / 60);
}

// codecs tells what this browser encodes and decodes, such as video/VP8.
verbs.codecs = async () => {
  const names = (of) => [...new Set(of.getCapabilities('video').codecs.map((c) => c.mimeType))];
  await report('codecs', { figures: { send: names(RTCRtpSender), receive: names(RTCRtpReceiver) } });
};

// card publishes a moving card as the camera, in a codec.
verbs.card = async (c) => {
  const p = planes(c.width, c.height);
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = track.writable.getWriter();
  let number = 0;
  const next = () => {
    if (writer.desiredSize <= 0) return;
    drawPlanes(p, ++number, Date.now());
    writer.write(new VideoFrame(p.all, {
      format: 'I420', codedWidth: c.width, codedHeight: c.height, timestamp: Math.round(performance.now() * 1000),
      colorSpace: { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange: false },
    })).catch(() => {});
  };
  next();
  const timer = setInterval(next, 1000 / c.fps);
  own.set('camera', { track, stop: () => { clearInterval(timer); track.stop(); } });
  await room.localParticipant.publishTrack(track, {
    source: LK.Track.Source.Camera, simulcast: false, videoCodec: c.codec, backupCodec: false,
    degradationPreference: 'maintain-resolution', videoEncoding: { maxBitrate: c.bitrate, maxFramerate: c.fps },
  });
};

// measure waits for the next picture of somebody's camera, and reports how near it
// comes to the card drawn again (PSNR of all samples, in dB) where it can be read.
// The card was drawn in c.width x c.height; a smaller layer of it was averaged.
verbs.measure = async (c) => {
  const publication = room.remoteParticipants.get(c.identity).getTrackPublication(LK.Track.Source.Camera);
  const { element } = seen.get(publication.trackSid);
  await new Promise((done) => element.requestVideoFrameCallback(done));
  const frame = new VideoFrame(element);
  const { format, visibleRect: { width, height } } = frame;
  const got = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(got);
  frame.close();
  if (format !== 'I420' && format !== 'NV12') throw new Error(`pictures of format ${format}`);
  // Samples of plane i (Y, U, V) in the copy.
  const sample = format === 'I420'
    ? (i, x, y) => got[layout[i].offset + y * layout[i].stride + x]
    : (i, x, y) => (i === 0 ? got[layout[0].offset + y * layout[0].stride + x] : got[layout[1].offset + y * layout[1].stride + 2 * x + i - 1]);
  const figures = { width, height, number: -1, psnr: 0 };
  const words = [];
  for (let row = 0; row < ROWS; row++) {
    let w = 0;
    for (let col = 0; col < COLS; col++) {
      const x = Math.floor(width * (MARKER.x + ((col + 0.5) * MARKER.w) / COLS));
      const y = Math.floor(height * (MARKER.y + ((row + 0.5) * MARKER.h) / ROWS));
      w = (w << 1) | (sample(0, x, y) > 126 ? 1 : 0);
    }
    words.push(w);
  }
  const by = c.width / width;
  if (crc16(words.slice(0, 5)) === words[5] && Number.isInteger(by) && c.height === height * by) {
    figures.number = words[0] * 65536 + words[1];
    const want = planes(c.width, c.height);
    drawPlanes(want, figures.number, words[2] * 2 ** 32 + words[3] * 65536 + words[4]);
    const rows = Math.floor(clockTop(c.width, c.height) / by) & ~1;
    let sum = 0, samples = 0;
    [want.y, want.u, want.v].forEach((plane, i) => {
      const [w, h, stride] = i === 0 ? [width, rows, c.width] : [width / 2, rows / 2, c.width / 2];
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          let mean = 0;
          for (let dy = 0; dy < by; dy++) for (let dx = 0; dx < by; dx++) mean += plane[(y * by + dy) * stride + x * by + dx];
          const d = sample(i, x, y) - mean / (by * by);
          sum += d * d;
        }
      }
      samples += w * h;
    });
    figures.psnr = Math.min(99, 10 * Math.log10((255 * 255 * samples) / Math.max(sum, 1e-9)));
  }
  await report('measured', { figures });
};
