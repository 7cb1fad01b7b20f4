package call_test

import (
	"testing"

	"foyer/app/call"
	"foyer/media/device"
)

// soundOf is what a call's statistics say of a voice; ok where there is one.
func soundOf(k *call.Call, sent bool) (call.TrackStats, bool) {
	for _, s := range k.Stats().Tracks {
		if s.Sent == sent && s.Source == call.Microphone {
			return s, true
		}
	}
	return call.TrackStats{}, false
}

// Each packet carries the one before it, as the server and the far side know; with
// an end-to-end key nothing is said twice.
func TestVoiceGoesOutRedundant(t *testing.T) {
	for name, key := range map[string][]byte{"open": nil, "sealed": []byte("0123456789abcdef0123456789abcdef")} {
		t.Run(name, func(t *testing.T) {
			m := newMeeting(t)
			c := m.config("host", "Ann")
			c.Microphone, c.MicrophoneOn, c.OpenMicrophone, c.Key = device.Default, true, microphoneOf(1), key
			ann := m.join(c)
			d := m.config("guest", "Bob")
			d.Key = key
			bob := m.join(d)
			codec, depth := "red", 1
			if key != nil {
				codec, depth = "opus", 0
			}
			await(t, bob, "a voice in "+codec, func(call.Snapshot) bool {
				s, ok := soundOf(bob, false)
				return ok && s.Codec == codec && s.Packets > 100 && s.Level > 0.2
			})
			if s, ok := soundOf(ann, true); !ok || s.Redundancy != depth {
				t.Errorf("sent with %d earlier packets in each, want %d", s.Redundancy, depth)
			}
		})
	}
}
