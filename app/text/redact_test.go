package text

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3Njk5OTk5OTl9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	for _, c := range []struct{ in, want string }{
		{"no secret here: 401 at 127.0.0.1:4013", "no secret here: 401 at 127.0.0.1:4013"},
		{"invalid token: " + token + ", error: it has expired", "invalid token: (removed), error: it has expired"},
		{"cut short " + token[:30], "cut short (removed)"},
		{"two parts " + token[:60], "two parts (removed)"},
		{"Authorization: Bearer abc.def-123==", "Authorization: (removed)"},
		{`dial "wss://a.example:4013/rtc?access_token=abc&room=x": refused`, `dial "wss://a.example:4013/rtc?(removed)": refused`},
		{"https://me:pw@a.example/room#k=AbC", "https://a.example/room#(removed)"},
		{"foyer://a.example/standup?code=abc", "foyer://a.example/standup?(removed)"},
		{"code=abc k=def access_token=ghi", "(removed) (removed) (removed)"},
		{"https://a.example/room is not there", "https://a.example/room is not there"},
		{"exit code = 1, keyframe=3", "exit code = 1, keyframe=3"},
	} {
		got := Redact(c.in)
		if got != c.want {
			t.Errorf("Redact(%q) = %q, want %q", c.in, got, c.want)
		}
		if again := Redact(got); again != got {
			t.Errorf("Redact(%q) = %q, want it unchanged", got, again)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("a https://x/?", " b")
	f.Fuzz(func(t *testing.T, before, after string) {
		const token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3Njk5OTk5OTl9.c2lnbmF0dXJl"
		if got := Redact(before + " " + token + " " + after); strings.Contains(got, token[4:20]) {
			t.Errorf("a token is left in %q", got)
		}
	})
}
