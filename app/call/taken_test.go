package call

import "testing"

const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

func audioSection(formats, mid, track string) string {
	s := "m=audio 9 UDP/TLS/RTP/SAVPF " + formats + "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + mid + "\r\n"
	if track != "" {
		s += "a=msid:stream " + track + "\r\n"
	}
	return s
}

func TestTheServersFirstCodecIsTaken(t *testing.T) {
	c := &takenCodecs{}
	if _, ok := c.payloadType("voice"); ok {
		t.Error("a codec is known before an answer")
	}
	c.offered(head + audioSection("111 63", "0", "voice") + audioSection("111 63", "1", "screen"))
	c.answered(head + audioSection("63 111", "0", "") + audioSection("111 63", "1", ""))
	for track, want := range map[string]uint8{"voice": 63, "screen": 111} {
		if got, ok := c.payloadType(track); !ok || got != want {
			t.Errorf("of %q it takes %d, %v, want %d", track, got, ok, want)
		}
	}
	for name, answer := range map[string]string{
		"nothing that can be read": "v=0\r\nm=audio",
		"a refused section":        head + "m=audio 0 UDP/TLS/RTP/SAVPF 63\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n",
		"no section of ours":       head + audioSection("63", "9", ""),
		"no payload type":          head + audioSection("200", "0", ""),
	} {
		c.answered(answer)
		if got, ok := c.payloadType("voice"); ok {
			t.Errorf("%s: it takes %d", name, got)
		}
	}
}
