//go:build unix

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/call"
)

// A LiveKit server that lets hosts unmute people unmutes nobody in Foyer: no sound
// and no picture flows, and the others see them muted in the end.
func TestAServerUnmutesNobody(t *testing.T) {
	const key, secret, room = "testkey", "a secret of more than thirty-two bytes", "unmuting"
	port := unusedPort(t, "tcp")
	path := filepath.Join(t.TempDir(), "livekit.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, `port: %s
bind_addresses: ["127.0.0.1"]
keys: {%s: %s}
rtc: {tcp_port: %s, udp_port: %s, use_external_ip: false, node_ip: 127.0.0.1, enable_loopback_candidate: true, ips: {includes: ["127.0.0.1/32"]}}
room: {auto_create: true, enable_remote_unmute: true}
logging: {level: error}
`, port, key, secret, unusedPort(t, "tcp"), unusedPort(t, "udp")), 0o600); err != nil {
		t.Fatal(err)
	}
	startLiveKit(t, "LiveKit", path, port)
	link := func(name string) string {
		token, err := auth.NewAccessToken(key, secret).SetIdentity(name).SetName(name).SetValidFor(time.Hour).
			SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: room}).ToJWT()
		if err != nil {
			t.Fatal(err)
		}
		return "ws://127.0.0.1:" + port + " " + token
	}
	ann := join(t, link("Ann"), "Ann", silent...)
	bob := join(t, link("Bob"), "Bob", "--camera", "test", "--microphone", "test", "--speaker", "none")
	sees := func(mark int, what string, on bool) {
		t.Helper()
		ann.awaitSnapshot(mark, what, func(s call.Snapshot) bool {
			p, there := other(s, bob.identity)
			return there && p.Has(call.Camera) == on && p.Has(call.Microphone) == on
		})
	}
	sees(0, "Bob", true)
	mark := ann.Lines.Len()
	bob.setMicrophone(false)
	bob.setCamera(false)
	sees(mark, "Bob muted", false)

	rooms := lksdk.NewRoomServiceClient("http://127.0.0.1:"+port, key, secret)
	tracks := func() []*livekit.TrackInfo {
		t.Helper()
		p, err := rooms.GetParticipant(within(t, 10*time.Second), &livekit.RoomParticipantIdentity{Room: room, Identity: bob.identity})
		if err != nil {
			t.Fatal(err)
		}
		return p.Tracks
	}
	if n := len(tracks()); n != 2 {
		t.Fatalf("Bob has %d tracks", n)
	}
	for range 3 {
		for _, track := range tracks() {
			if _, err := rooms.MutePublishedTrack(within(t, 10*time.Second), &livekit.MuteRoomTrackRequest{
				Room: room, Identity: bob.identity, TrackSid: track.Sid, Muted: false,
			}); err != nil {
				t.Fatal(err)
			}
		}
		// The server hears from Bob that it is not so, and so do the others.
		awaitAnswer(t, "Bob's word", func(context.Context) error {
			for _, track := range tracks() {
				if !track.Muted {
					return fmt.Errorf("%s is on at the server", track.Source)
				}
			}
			return nil
		})
		mark = ann.Lines.Len()
		bob.chat("I am muted")
		sees(mark, "Bob muted again", false)
		s := ann.awaitFrom(ann.Lines.Len(), "what is heard", 10*time.Second, func(s said) bool { return s.Type == "stats" })
		if s.Heard.Tone440 > 0.05 { // what is concealed after the last packet fades out
			t.Errorf("a tone of %.3f is heard of somebody who is muted", s.Heard.Tone440)
		}
	}
	// Bob's own wish counts.
	mark = ann.Lines.Len()
	bob.setMicrophone(true)
	bob.setCamera(true)
	sees(mark, "Bob on", true)
	bob.leave()
	ann.leave()
}
