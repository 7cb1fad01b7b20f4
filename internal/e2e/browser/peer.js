// A livekit-client peer for Foyer's whole-program tests. Commands come as
// server-sent events from /commands, reports go back as POSTs to /report.
'use strict';

const LK = LivekitClient;
const CHAT_TOPIC = 'lk.chat';

// Reports are posted one after another: their order is part of what they say.
let posting = Promise.resolve();
function report(type, fields) {
  const body = JSON.stringify({ type, ...fields });
  posting = posting.then(() => fetch('/report', { method: 'POST', body })).catch(() => {});
  return posting;
}
function fail(what, err) {
  return report('error', { error: `${what}: ${err && err.message ? err.message : err}` });
}
window.addEventListener('error', (e) => fail('page', e.error || e.message));
window.addEventListener('unhandledrejection', (e) => fail('promise', e.reason));

let room = null;
let audio = null; // one AudioContext for tones out and tones in
const own = new Map(); // source name -> { track, stop }
const heard = new Map(); // track sid -> { analyser, element, stop }
const seen = new Map(); // track sid -> { element, presented }

// ---- the card: what a camera of ours shows -------------------------------

const probe = document.createElement('canvas');
const probeContext = probe.getContext('2d', { willReadFrequently: true });

// The marker of media/video's card (card.go): 6 rows of 16 cells, most
// significant bit first: number 32 bits, clock in ms 48 bits, CRC 16 bits.
const COLS = 16, ROWS = 6;
const MARKER = { x: 24 / 240, y: 10 / 135, w: 192 / 240, h: 48 / 135 };
const BARS = ['#bfbfbf', '#bfbf00', '#00bfbf', '#00bf00', '#bf00bf', '#bf0000', '#0000bf', '#000000'];

// CRC-16/CCITT-FALSE over big-endian words.
function crc16(words) {
  let crc = 0xffff;
  for (const w of words) {
    crc ^= w;
    for (let i = 0; i < 16; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function drawCard(g, width, height, number) {
  const at = Date.now();
  const rect = (c, x0, y0, x1, y1) => {
    g.fillStyle = c;
    g.fillRect(Math.floor(width * x0), Math.floor(height * y0), Math.ceil(width * x1) - Math.floor(width * x0),
      Math.ceil(height * y1) - Math.floor(height * y0));
  };
  rect('#202838', 0, 0, 1, 1);
  BARS.forEach((c, i) => rect(c, i / 8, 66 / 135, (i + 1) / 8, 100 / 135));
  rect('#808080', 20 / 240, 6 / 135, 220 / 240, 62 / 135);
  const words = [number >>> 16, number & 0xffff, Math.floor(at / 2 ** 32) & 0xffff, Math.floor(at / 65536) & 0xffff, at % 65536];
  words.push(crc16(words));
  for (let row = 0; row < ROWS; row++) {
    for (let col = 0; col < COLS; col++) {
      rect((words[row] >> (COLS - 1 - col)) & 1 ? '#ffffff' : '#000000',
        MARKER.x + (col * MARKER.w) / COLS, MARKER.y + (row * MARKER.h) / ROWS,
        MARKER.x + ((col + 1) * MARKER.w) / COLS, MARKER.y + ((row + 1) * MARKER.h) / ROWS);
    }
  }
  const x = (at % 4000) / 4000;
  rect('#c8b478', x, 102 / 135, x + 1 / 16, 115 / 135);
}

// readCard returns the number on a card that fills the canvas and its age in
// milliseconds, or null.
function readCard(g, width, height) {
  const pixels = g.getImageData(0, 0, width, height).data;
  const words = [];
  for (let row = 0; row < ROWS; row++) {
    let w = 0;
    for (let col = 0; col < COLS; col++) {
      const x = Math.floor(width * (MARKER.x + ((col + 0.5) * MARKER.w) / COLS));
      const y = Math.floor(height * (MARKER.y + ((row + 0.5) * MARKER.h) / ROWS));
      const i = 4 * (y * width + x);
      w = (w << 1) | (pixels[i] * 77 + pixels[i + 1] * 150 + pixels[i + 2] * 29 > 126 * 256 ? 1 : 0);
    }
    words.push(w);
  }
  if (crc16(words.slice(0, 5)) !== words[5]) return null;
  const at = words[2] * 2 ** 32 + words[3] * 65536 + words[4];
  return { number: words[0] * 65536 + words[1], age: Date.now() - at };
}

function moving(width, height, fps) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const g = canvas.getContext('2d');
  let number = 0;
  drawCard(g, width, height, number);
  const timer = setInterval(() => drawCard(g, width, height, ++number), 1000 / fps);
  const track = canvas.captureStream(fps).getVideoTracks()[0];
  return { track, stop: () => { clearInterval(timer); track.stop(); } };
}

function tone(hz) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const out = audio.createMediaStreamDestination();
  oscillator.frequency.value = hz;
  gain.gain.value = 0.3;
  oscillator.connect(gain).connect(out);
  oscillator.start();
  const track = out.stream.getAudioTracks()[0];
  return { track, stop: () => { oscillator.stop(); track.stop(); } };
}

async function publish(source, c) {
  let made, options;
  switch (source) {
    case 'camera':
      made = moving(c.width || 640, c.height || 360, c.fps || 15);
      options = { source: LK.Track.Source.Camera, simulcast: !!c.simulcast, videoCodec: c.codec || 'vp8' };
      break;
    case 'microphone':
      made = tone(c.hz || 440);
      options = { source: LK.Track.Source.Microphone, dtx: false };
      break;
    case 'screen':
      made = moving(c.width || 1280, c.height || 720, c.fps || 10);
      options = { source: LK.Track.Source.ScreenShare, simulcast: false, videoCodec: 'vp8' };
      break;
    default:
      throw new Error(`unknown source ${source}`);
  }
  own.set(source, made);
  await room.localParticipant.publishTrack(made.track, options);
}

// ---- what is received ----------------------------------------------------

function attach(track, publication) {
  const stream = new MediaStream([track.mediaStreamTrack]);
  if (track.kind === LK.Track.Kind.Audio) {
    // Chromium feeds WebAudio from a remote track only while an element plays it.
    const element = new Audio();
    element.srcObject = stream;
    element.muted = true;
    element.play().catch((e) => fail('play sound', e));
    const source = audio.createMediaStreamSource(stream);
    const analyser = audio.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    source.connect(analyser);
    heard.set(publication.trackSid, { analyser, stop: () => { source.disconnect(); element.srcObject = null; } });
    return;
  }
  const element = document.createElement('video');
  element.muted = true;
  element.autoplay = true;
  element.playsInline = true;
  element.srcObject = stream;
  element.style.cssText = 'width:640px;height:360px';
  document.body.append(element);
  const s = { element, presented: 0, stop: () => { element.srcObject = null; element.remove(); } };
  const next = () => {
    s.presented++;
    if (seen.get(publication.trackSid) === s) element.requestVideoFrameCallback(next);
  };
  element.requestVideoFrameCallback(next);
  seen.set(publication.trackSid, s);
}

function detach(publication) {
  for (const m of [heard, seen]) {
    const s = m.get(publication.trackSid);
    m.delete(publication.trackSid);
    if (s) s.stop();
  }
}

// listen gives the level (RMS, 0 to 1) and the strongest frequency of a sound.
function listen(analyser) {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  let sum = 0;
  for (const x of samples) sum += x * x;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let best = 1;
  for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
  const level = Math.sqrt(sum / samples.length);
  return { level, hz: level > 0.001 ? (best * audio.sampleRate) / analyser.fftSize : 0 };
}

function look(element) {
  if (!element.videoWidth) return null;
  probe.width = element.videoWidth;
  probe.height = element.videoHeight;
  probeContext.drawImage(element, 0, 0);
  return readCard(probeContext, probe.width, probe.height);
}

async function describe(publication) {
  const t = {
    sid: publication.trackSid, source: publication.source, kind: publication.kind,
    muted: publication.isMuted, width: 0, height: 0, frames: 0, presented: 0, card: -1, age: 0, level: 0, hz: 0, codec: '',
  };
  const track = publication.track;
  if (!track || !track.receiver) return t;
  const stats = await track.receiver.getStats();
  stats.forEach((s) => {
    if (s.type === 'inbound-rtp') {
      t.frames = s.framesDecoded || 0;
      t.width = s.frameWidth || 0;
      t.height = s.frameHeight || 0;
      t.packets = s.packetsReceived || 0;
      const codec = s.codecId && stats.get(s.codecId);
      if (codec) t.codec = codec.mimeType;
      if (s.kind === 'audio') {
        t.voice = {};
        for (const name of ['jitterBufferDelay', 'jitterBufferEmittedCount', 'totalSamplesReceived', 'concealedSamples',
          'silentConcealedSamples', 'fecPacketsReceived']) t.voice[name] = s[name] || 0;
      }
    }
  });
  const v = seen.get(publication.trackSid);
  if (v) {
    t.presented = v.presented;
    const card = look(v.element);
    if (card) [t.card, t.age] = [card.number, card.age];
  }
  const a = heard.get(publication.trackSid);
  if (a) Object.assign(t, listen(a.analyser));
  return t;
}

async function describeRoom(room) {
  const people = [];
  for (const p of room.remoteParticipants.values()) {
    const tracks = [];
    for (const publication of p.trackPublications.values()) tracks.push(await describe(publication));
    people.push({
      identity: p.identity, name: p.name || '', attributes: p.attributes, tracks,
      speaking: p.isSpeaking, level: p.audioLevel, quality: p.connectionQuality,
    });
  }
  return { state: room.state, people };
}

let ticker = null;
async function tick() {
  const r = room;
  if (!r) return;
  try {
    const d = await describeRoom(r);
    if (room === r) await report('stats', d);
  } catch (e) {
    await fail('stats', e);
  }
  if (room === r) ticker = setTimeout(tick, 250);
}

// ---- commands ------------------------------------------------------------

const verbs = {
  async connect(c) {
    audio = audio || new AudioContext({ sampleRate: 48000 });
    await audio.resume();
    const r = new LK.Room({ adaptiveStream: false, dynacast: true });
    r.on(LK.RoomEvent.TrackSubscribed, (track, publication) => attach(track, publication));
    r.on(LK.RoomEvent.TrackUnsubscribed, (track, publication) => detach(publication));
    r.on(LK.RoomEvent.ParticipantConnected, (p) => report('person', { identity: p.identity, name: p.name || '' }));
    r.on(LK.RoomEvent.ParticipantDisconnected, (p) => report('gone', { identity: p.identity }));
    r.on(LK.RoomEvent.ChatMessage, (m, p) =>
      report('chat', { text: m.message, from: p ? p.identity : '', id: m.id, legacy: true }));
    r.registerTextStreamHandler(CHAT_TOPIC, async (reader, from) => {
      report('chat', { text: await reader.readAll(), from: from.identity, id: reader.info.id, legacy: false });
    });
    r.on(LK.RoomEvent.Disconnected, (reason) => {
      for (const m of [heard, seen]) {
        m.forEach((s) => s.stop());
        m.clear();
      }
      room = null;
      clearTimeout(ticker);
      report('left', { reason: LK.DisconnectReason[reason] || String(reason) });
    });
    room = r;
    await r.connect(c.url, c.token, { autoSubscribe: true });
    for (const source of ['camera', 'microphone', 'screen']) {
      if (c[source]) await publish(source, c[source]);
    }
    await report('joined', { identity: r.localParticipant.identity, name: r.localParticipant.name || '' });
    tick();
  },
  async chat(c) {
    if (c.legacy) await room.localParticipant.sendChatMessage(c.text);
    else await room.localParticipant.sendText(c.text, { topic: CHAT_TOPIC });
  },
  async publish(c) {
    await publish(c.source, c);
  },
  async unpublish(c) {
    const made = own.get(c.source);
    own.delete(c.source);
    await room.localParticipant.unpublishTrack(made.track);
    made.stop();
  },
  async mute(c) {
    const publication = room.localParticipant.getTrackPublication(
      { camera: LK.Track.Source.Camera, microphone: LK.Track.Source.Microphone, screen: LK.Track.Source.ScreenShare }[c.source]);
    if (c.on) await publication.mute();
    else await publication.unmute();
  },
  // quality asks for low, medium or high pictures of somebody's camera.
  async quality(c) {
    const p = room.remoteParticipants.get(c.identity);
    p.getTrackPublication(LK.Track.Source.Camera).setVideoQuality(LK.VideoQuality[c.quality.toUpperCase()]);
  },
  async attributes(c) {
    await room.localParticipant.setAttributes(c.attributes);
  },
  async leave() {
    await room.disconnect();
  },
};

const commands = new EventSource('/commands');
commands.onmessage = async (e) => {
  const c = JSON.parse(e.data);
  try {
    await verbs[c.verb](c);
    await report('done', { id: c.id });
  } catch (err) {
    await report('done', { id: c.id, error: String(err && err.message ? err.message : err) });
  }
};
commands.onopen = () => report('ready', { agent: navigator.userAgent, livekit: LK.version });
