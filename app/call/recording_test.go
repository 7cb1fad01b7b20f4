package call_test

import (
	"testing"

	"github.com/livekit/protocol/livekit"

	"foyer/app/call"
)

// A recorder of the server's comes and goes: everybody is told, who joins later too,
// and it is nobody in the meeting.
func TestRecordingIsTold(t *testing.T) {
	m := newMeeting(t)
	ann := m.join(m.config("host", "Ann"))
	if ann.Snapshot().Room.Recording {
		t.Error("the meeting is recorded before anything")
	}
	recorder := m.bare("recorder", livekit.ParticipantInfo_EGRESS)
	await(t, ann, "the recording", func(s call.Snapshot) bool { return s.Room.Recording })
	bob := m.join(m.config("guest", "Bob"))
	await(t, bob, "the recording", func(s call.Snapshot) bool { return s.Room.Recording && len(s.People) == 1 })
	if _, ok := other(ann.Snapshot(), "recorder"); ok {
		t.Error("the recorder is somebody in the meeting")
	}
	recorder.Disconnect()
	for _, k := range []*call.Call{ann, bob} {
		await(t, k, "the end of the recording", func(s call.Snapshot) bool { return !s.Room.Recording })
	}
}
