package call

import (
	"reflect"
	"strings"
	"testing"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/signalling"
	"github.com/pion/webrtc/v4"
)

// The option reaches the client's parameters, and takes away nothing that it offers
// by itself.
func TestRedundancyIsOfferedBesideTheUsual(t *testing.T) {
	option, err := withRedundancy()
	if err != nil {
		t.Fatal(err)
	}
	params := reflect.New(reflect.TypeFor[lksdk.ConnectOption]().In(0).Elem())
	inner := &signalling.ConnectParams{}
	params.Elem().FieldByName("ConnectParams").Set(reflect.ValueOf(inner))
	reflect.ValueOf(option).Call([]reflect.Value{params})
	offer := func(codecs []webrtc.RTPCodecParameters) map[string]bool {
		m := &webrtc.MediaEngine{}
		if codecs == nil {
			if err := m.RegisterDefaultCodecs(); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range codecs {
			kind := webrtc.RTPCodecTypeVideo
			if c.MimeType[:6] == "audio/" {
				kind = webrtc.RTPCodecTypeAudio
			}
			if err := m.RegisterCodec(c, kind); err != nil {
				t.Fatal(err)
			}
		}
		pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			t.Fatal(err)
		}
		defer pc.Close()
		for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
			if _, err := pc.AddTransceiverFromKind(kind); err != nil {
				t.Fatal(err)
			}
		}
		sdp, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		lines := map[string]bool{}
		for line := range strings.Lines(sdp.SDP) {
			for _, about := range []string{"a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"} {
				if strings.HasPrefix(line, about) {
					lines[strings.TrimSpace(line)] = true
				}
			}
		}
		return lines
	}
	usual, ours := offer(nil), offer(inner.Codecs)
	if len(usual) < 40 {
		t.Fatalf("%d codec lines in a usual offer", len(usual))
	}
	for line := range usual {
		if !ours[line] {
			t.Errorf("no longer offered: %s", line)
		}
	}
	for _, line := range []string{"a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"} {
		if !ours[line] {
			t.Errorf("not offered: %s", line)
		}
	}
	for line := range ours {
		if !usual[line] && !strings.Contains(line, ":63 ") {
			t.Errorf("offered besides: %s", line)
		}
	}
}
