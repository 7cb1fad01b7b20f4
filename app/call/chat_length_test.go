package call

import (
	"errors"
	"strings"
	"testing"
)

func TestMessageRoom(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       int
	}{
		{"empty", "", MessageMax},
		{"ascii", strings.Repeat("a", MessageMax-10), 10},
		{"full", strings.Repeat("a", MessageMax), 0},
		{"one too many", strings.Repeat("a", MessageMax+1), -1},
		{"spaces at the ends do not count", "  " + strings.Repeat("a", MessageMax) + "\n\n", 0},
		{"chinese, three bytes each", strings.Repeat("中", MessageMax/3), 0},
		{"chinese, too long", strings.Repeat("中", MessageMax/3+5), -5},
		{"emoji, too long", strings.Repeat("👍", MessageMax/4+7), -7},
		{"far too long", strings.Repeat("a", 20*MessageMax), -19 * MessageMax},
		{"bytes that are no text", strings.Repeat("\xff", 2*MessageMax), MessageMax},
	} {
		if got := MessageRoom(c.line); got != c.want {
			t.Errorf("%s: room for %d, want %d", c.name, got, c.want)
		}
	}
	// Half full of Chinese: as many again, not three times as many.
	if got := MessageRoom(strings.Repeat("中", MessageMax/6)); got < MessageMax/6-3 || got > MessageMax/6+3 {
		t.Errorf("half full of Chinese: room for %d, want about %d", got, MessageMax/6)
	}
}

func TestSend_refusesWhatIsTooLong(t *testing.T) {
	if err := (&Call{}).Send(strings.Repeat("a", MessageMax+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("Send of a line that is too long: %v, want ErrTooLong", err)
	}
	if err := (&Call{}).Send(" \n"); err != nil {
		t.Errorf("Send of nothing: %v, want nil", err)
	}
}

func TestReceived_showsThatItIsCut(t *testing.T) {
	full := strings.Repeat("a", MessageMax)
	if got := received(full); got != full {
		t.Errorf("a full line became %d bytes that end in %q", len(got), got[len(got)-5:])
	}
	if got := received(full + "b"); len(got) > MessageMax || !strings.HasSuffix(got, "a…") {
		t.Errorf("a line that is too long became %d bytes that end in %q, want an ellipsis within the limit", len(got), got[len(got)-5:])
	}
}
