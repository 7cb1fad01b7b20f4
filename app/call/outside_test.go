package call

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

func TestHandsAreTimes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2026-03-04T05:06:07.5Z", "2026-03-04T05:06:07.5Z"},
		{"2026-03-04T05:06:07+02:00", "2026-03-04T03:06:07Z"},
		{"2026-03-04T05:06:07+24:00", "2026-03-03T05:06:07Z"},
		{"2026-03-04T05:06:07-24:00", "2026-03-05T05:06:07Z"},
		{"0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
		{"2100-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
		{"2026-03-04T05:06:07.00000000000000000000000000000000000000000000001Z", "0001-01-01T00:00:00Z"},
		{"up", "0001-01-01T00:00:00Z"},
		{"", "0001-01-01T00:00:00Z"},
	} {
		got := raised(c.in)
		b, err := json.Marshal(Participant{Hand: got})
		if s := got.Format(time.RFC3339Nano); s != c.want || err != nil {
			t.Errorf("a hand of %q is raised at %s (%s, %v), want %s", c.in, s, b, err, c.want)
		}
	}
}

func TestLevelsAreLevels(t *testing.T) {
	for in, want := range map[float64]float64{0.5: 0.5, -1: 0, 2: 1, math.Inf(1): 1, math.Inf(-1): 0} {
		if got := level(in); got != want {
			t.Errorf("level(%v) = %v, want %v", in, got, want)
		}
	}
	if got := level(math.NaN()); got != 0 {
		t.Errorf("a level that is no number is %v", got)
	}
}

// A clock that is ahead must not refuse what the server has given just now.
func TestFreshTokensAreTheServersToJudge(t *testing.T) {
	given := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	token := "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, given.Add(10*time.Minute).Unix())) + ".x"
	for _, c := range []struct {
		fresh bool
		ahead time.Duration
		want  error
	}{
		{true, 0, nil}, {true, 12 * time.Minute, nil}, {true, 365 * 24 * time.Hour, nil}, {true, -365 * 24 * time.Hour, nil},
		{false, 0, nil}, {false, 12 * time.Minute, ErrExpiredToken}, {false, -365 * 24 * time.Hour, nil},
	} {
		if err := checkToken(token, c.fresh, given.Add(c.ahead)); !errors.Is(err, c.want) {
			t.Errorf("fresh %v, clock ahead by %v: %v, want %v", c.fresh, c.ahead, err, c.want)
		}
	}
	if err := checkToken("none", true, given); !errors.Is(err, ErrBadToken) {
		t.Errorf("what is no token is taken as a fresh one: %v", err)
	}
}
