
// ---- the benchmark's verbs, beside the peer's --------------------------------

// talk joins as a meeting's page does: a real microphone with the browser's voice
// processing, and everybody's sound on the real speaker.
verbs.talk = async (c) => {
  room = new LK.Room({ adaptiveStream: true, dynacast: true });
  room.on(LK.RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === LK.Track.Kind.Audio) document.body.append(track.attach());
  });
  await room.connect(c.url, c.token, { autoSubscribe: true });
  await room.localParticipant.setMicrophoneEnabled(true);
};
