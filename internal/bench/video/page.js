
// ---- the benchmark's verbs, beside the peer's --------------------------------

const tiles = new Map(); // track sid -> { identity, element }

async function enter(c) {
  room = new LK.Room({ adaptiveStream: true, dynacast: true });
  const r = room;
  r.on(LK.RoomEvent.Disconnected, () => {
    if (room === r) room = null;
  });
  return r;
}

// watch shows everybody in a grid of so many tiles, ourselves among them, as a
// meeting does. Nothing is read back.
verbs.watch = async (c) => {
  const started = performance.now();
  const columns = Math.ceil(Math.sqrt(c.tiles));
  const rows = Math.ceil(c.tiles / columns);
  const widest = (innerWidth - 16 - (columns - 1) * 8) / columns;
  const w = Math.floor(Math.min(widest, ((innerHeight - 136 - (rows - 1) * 8) / rows) * (16 / 9)));
  document.body.style.cssText = 'margin:0;background:#16181d;overflow:hidden';
  const grid = document.createElement('div');
  grid.style.cssText = 'position:fixed;inset:56px 8px 80px;display:grid;gap:8px;justify-content:center;align-content:center;' +
    `grid-template-columns:repeat(${columns},${w}px);grid-auto-rows:${Math.floor((w * 9) / 16)}px`;
  const box = 'width:100%;height:100%;object-fit:cover;border-radius:12px;background:#2a2e37';
  const me = document.createElement('div');
  me.style.cssText = box;
  grid.append(me);
  document.body.append(grid);
  let first = true;
  const r = await enter(c);
  r.on(LK.RoomEvent.TrackSubscribed, (track, publication, from) => {
    if (track.kind !== LK.Track.Kind.Video) return;
    const element = track.attach();
    element.style.cssText = box;
    grid.insertBefore(element, me);
    tiles.set(publication.trackSid, { identity: from.identity, element });
    if (first) {
      first = false;
      element.requestVideoFrameCallback(() => report('first', { figures: { ms: performance.now() - started } }));
    }
  });
  r.on(LK.RoomEvent.TrackUnsubscribed, (track, publication) => {
    const t = tiles.get(publication.trackSid);
    tiles.delete(publication.trackSid);
    if (t) track.detach().forEach((e) => e.remove());
  });
  await r.connect(c.url, c.token, { autoSubscribe: true });
};

// count tells how many frames each tile has presented, and when it last did.
verbs.count = async () => {
  const all = await Promise.all([...tiles.values()].map((t) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ identity: t.identity, frames: 0, at: 0, width: 0, height: 0 }), 2000);
    t.element.requestVideoFrameCallback((now, m) => {
      clearTimeout(timer);
      resolve({ identity: t.identity, frames: m.presentedFrames, at: now, width: m.width, height: m.height });
    });
  })));
  await report('count', { figures: all });
};

// readCards reads the card in the first tile back from a canvas, whenever a frame
// is presented, and tells the age of each card when it was new.
verbs.readCards = async (c) => {
  const { element } = tiles.values().next().value;
  const canvas = document.createElement('canvas');
  canvas.width = 480;
  canvas.height = 270;
  const g = canvas.getContext('2d', { willReadFrequently: true });
  const ages = [];
  let last = -1;
  const until = performance.now() + c.ms;
  await new Promise((resolve) => {
    const next = () => {
      g.drawImage(element, 0, 0, canvas.width, canvas.height);
      const card = readCard(g, canvas.width, canvas.height);
      if (card && card.number !== last) {
        last = card.number;
        ages.push(card.age);
      }
      if (performance.now() < until) element.requestVideoFrameCallback(next);
      else resolve();
    };
    element.requestVideoFrameCallback(next);
    setTimeout(resolve, c.ms + 2000);
  });
  await report('ages', { figures: { ages, width: element.videoWidth, height: element.videoHeight } });
};

// enter joins, to publish.
verbs.enter = async (c) => {
  const r = await enter(c);
  await r.connect(c.url, c.token, { autoSubscribe: true });
};

// send publishes what the browser's camera gives, as a camera in simulcast layers
// (the biggest last) or as a screen in one.
verbs.send = async (c) => {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { exact: c.width }, height: { exact: c.height }, frameRate: { ideal: c.fps } },
  });
  const track = stream.getVideoTracks()[0];
  const encoding = (l) => ({ maxBitrate: l.bitRate, maxFramerate: c.fps });
  const best = c.layers[c.layers.length - 1];
  if (c.screen) {
    track.contentHint = 'detail';
    await room.localParticipant.publishTrack(track, {
      source: LK.Track.Source.ScreenShare, simulcast: false, videoCodec: 'vp8', screenShareEncoding: encoding(best),
    });
    return;
  }
  await room.localParticipant.publishTrack(track, {
    source: LK.Track.Source.Camera, simulcast: true, videoCodec: 'vp8', videoEncoding: encoding(best),
    videoSimulcastLayers: c.layers.slice(0, -1).map((l) => new LK.VideoPreset(l.width, l.height, l.bitRate, c.fps)),
  });
};
