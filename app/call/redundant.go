package call

import (
	"fmt"
	"reflect"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/livekit/server-sdk-go/v2/signalling"
	"github.com/pion/webrtc/v4"

	"foyer/app/lkclient"
	"foyer/media/audio"
)

// Payload types as LiveKit's server and the browsers have them; the server writes
// redundant audio with these two only.
const (
	opusPayloadType = 111
	redPayloadType  = 63
)

// withRedundancy makes the client offer and take redundant audio (audio/red, RFC
// 2198) beside its usual codecs: LiveKit's server then sends sound with the packets
// before it, and takes ours so.
//
// The client takes a list of codecs of LiveKit's own only, in which streams for
// retransmission cannot be told; the parameters behind that hold any, in a field
// that is found by name. Where a later client has no such field, sound comes and
// goes as plain Opus.
func withRedundancy() (lksdk.ConnectOption, error) {
	option := reflect.TypeFor[lksdk.ConnectOption]()
	params, ok := option.In(0).Elem().FieldByName("ConnectParams")
	if !ok || params.Type != reflect.TypeFor[*signalling.ConnectParams]() {
		return nil, fmt.Errorf("%w: it has no ConnectParams", lkclient.ErrOtherClient)
	}
	codecs, err := usualCodecs()
	if err != nil {
		return nil, err
	}
	codecs = append(codecs, webrtc.RTPCodecParameters{PayloadType: redPayloadType, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: redCodec, ClockRate: audio.SampleRate, Channels: 2, SDPFmtpLine: fmt.Sprintf("%d/%[1]d", opusPayloadType),
	}})
	set := func(args []reflect.Value) []reflect.Value {
		args[0].Elem().FieldByIndex(params.Index).Interface().(*signalling.ConnectParams).Codecs = codecs
		return nil
	}
	return reflect.MakeFunc(option, set).Interface().(lksdk.ConnectOption), nil
}

// usualCodecs is what the client registers where it is told nothing. pion tells it
// by way of a connection only.
func usualCodecs() (list []webrtc.RTPCodecParameters, err error) {
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("list codecs: %w", err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("list codecs: %w", err)
	}
	defer pc.Close()
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		t, err := pc.AddTransceiverFromKind(kind)
		if err != nil {
			return nil, fmt.Errorf("list codecs: %w", err)
		}
		list = append(list, t.Receiver().GetParameters().Codecs...)
	}
	return list, nil
}
