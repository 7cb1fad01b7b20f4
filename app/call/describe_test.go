package call

import (
	"strings"
	"testing"
)

func TestDescriptorsAreOffered(t *testing.T) {
	const offer = "v=0\r\ns=-\r\nm=application 9 X\r\na=mid:0\r\nm=video 9 X 97\r\na=mid:3\r\na=msid:- screen\r\nm=video 9 X 96\r\na=mid:1\r\na=msid:- camera\r\na=extmap:14 urn:one\r\na=rtpmap:96 AV1/90000\r\nm=audio 9 X 111\r\na=mid:2\r\n"
	const line = "a=extmap:13 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension\r\n"
	d := &descriptions{}
	if got := d.offer(offer); got != offer {
		t.Errorf("offered unasked: %q", got)
	}
	d.describe("camera")
	want := strings.Replace(offer, "AV1/90000\r\n", "AV1/90000\r\n"+line, 1)
	got := d.offer(offer)
	if last := offer[:strings.Index(offer, "m=audio")]; d.offer(last) != last+line {
		t.Errorf("%q, want it at the end", d.offer(last))
	}
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if again := d.offer(got); again != want {
		t.Errorf("offered twice: %q", again)
	}
	for _, c := range []struct {
		answer string
		id     uint8
	}{
		{"m=video 9 X 96\r\na=extmap:4 urn:other\r\n", 0},
		{strings.Replace(want, "a=extmap:13", "a=extmap:99", 1), 0},
		{want, 13},
		{strings.Replace(want, ":13 ", ":12/recvonly ", 1), 12},
	} {
		d := &descriptions{}
		d.accept(c.answer)
		if got := d.describes(); got != c.id {
			t.Errorf("ID %d agreed by %q, want %d", got, c.answer, c.id)
		}
	}
}
