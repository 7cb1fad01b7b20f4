package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/codec"
	"foyer/media/device"
)

// A camera that nobody would see, for its codec cannot be encrypted end to end, is
// refused before anything is joined.
func TestCodecThatCannotBeSealedIsRefused(t *testing.T) {
	run := func(n codec.Name, key []byte) error {
		link := invite.Link{Host: "127.0.0.1:1", Room: "room", Code: "a", Insecure: true, Key: key}.String() // nobody listens there
		c := Command()
		c.SetArgs([]string{"--headless", "--camera", "test", "--camera-codec", string(n), link})
		c.SetOut(io.Discard)
		c.SetErr(io.Discard)
		return c.Execute()
	}
	for n, refused := range map[codec.Name]bool{codec.VP8: false, codec.H264: false, codec.VP9: true, codec.AV1: true} {
		err := run(n, invite.NewKey())
		if errors.Is(err, ErrUsage) != refused || refused && !strings.Contains(err.Error(), "VP8 or H264") {
			t.Errorf("%s with a key: %v", n, err)
		}
		if err := run(n, nil); errors.Is(err, ErrUsage) {
			t.Errorf("%s without a key: %v", n, err)
		}
	}
}

// A command that is too long is told of, and the one behind it is obeyed.
func TestCommandsGoOnAfterALongOne(t *testing.T) {
	var out bytes.Buffer
	left := false
	in := "{\"chat\":\"" + strings.Repeat("a", 200<<10) + "\"}\n\n{\"leave\":true}"
	obey(context.Background(), strings.NewReader(in), nil, &printer{e: json.NewEncoder(&out)}, func() { left = true })
	if !left || strings.Count(out.String(), "longer than 65536 bytes") != 1 || out.Len() > 300 {
		t.Errorf("left %v, printed %.300s", left, out.String())
	}
}

func TestDeviceFailure_isAnErrorWithItsReason(t *testing.T) {
	var out bytes.Buffer
	p := &printer{e: json.NewEncoder(&out)}
	broken := call.Local{Camera: "no such camera", CameraError: device.ErrNoDevice, Microphone: device.None, MicrophoneError: device.ErrNoDevice}
	p.printFailures(1, broken, call.Local{})
	p.printFailures(1, broken, broken)
	var l line
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatalf("%v: %q, want one line", err, out.String())
	}
	if l.Type != "error" || l.Peer != 1 || l.What != "camera" || l.Device != "no such camera" || l.Error != device.ErrNoDevice.Error() {
		t.Errorf("printed %+v", l)
	}
}

func TestChat_tooLongIsAnError(t *testing.T) {
	var out bytes.Buffer
	long := `{"chat":"` + strings.Repeat("a", call.MessageMax+1) + `"}` + "\n"
	obey(context.Background(), strings.NewReader(long), []*peer{{call: &call.Call{}}}, &printer{e: json.NewEncoder(&out)}, func() {})
	var l line
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatalf("%v: %q", err, out.String())
	}
	if l.Type != "error" || !strings.Contains(l.Error, "too long") || !strings.Contains(l.Error, "8192 bytes") {
		t.Errorf("%+v, want an error that names the limit", l)
	}
}
