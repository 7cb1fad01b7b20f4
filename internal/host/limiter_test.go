package host

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// A proxy may write a client's address in several ways; what is none counts as the proxy's.
func TestAddress(t *testing.T) {
	for forwarded, want := range map[string]string{
		"198.51.100.7":                     "198.51.100.7",
		"198.51.100.7:5678":                "198.51.100.7",
		"203.0.113.1, 198.51.100.7:5678":   "198.51.100.7",
		"203.0.113.1,198.51.100.7":         "198.51.100.7",
		"2001:db8:1:2:3:4:5:6":             "2001:db8:1:2::",
		"[2001:db8:1:2:3:4:5:6]":           "2001:db8:1:2::",
		"[2001:db8:1:2:3:4:5:6]:80":        "2001:db8:1:2::",
		"[fe80::1%eth0]:80":                "fe80::",
		"::ffff:198.51.100.7":              "198.51.100.7",
		"[::ffff:198.51.100.7]:1":          "198.51.100.7",
		"unknown":                          "192.0.2.1",
		"198.51.100.7, unknown":            "192.0.2.1",
		"_hidden":                          "192.0.2.1",
		"":                                 "192.0.2.1",
		strings.Repeat("9", 10_000):        "192.0.2.1",
		"198.51.100.7:5678:9, 198.51.100.": "192.0.2.1",
	} {
		r := &http.Request{RemoteAddr: "192.0.2.1:1234", Header: http.Header{"X-Forwarded-For": {"192.0.2.9", forwarded}}}
		if got := address(r, true); got.String() != want {
			t.Errorf("forwarded for %.50q: %s, want %s", forwarded, got, want)
		}
		if got := address(r, false); got.String() != "192.0.2.1" {
			t.Errorf("nobody's proxy wrote %.50q: %s", forwarded, got)
		}
	}
}

func TestAddressOfAConnection(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "[2001:db8::1:2]:5": "2001:db8::", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[::1]:5": "::", "@": "invalid IP",
	} {
		if got := address(&http.Request{RemoteAddr: remote}, false); got.String() != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestLimiter(t *testing.T) {
	l := newLimiter(3, time.Hour)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range 5 {
		ok, wait := l.take(a)
		if ok != (i < 3) || !ok && (wait < 59*time.Minute || wait > time.Hour) {
			t.Errorf("%d: %v, in %v", i, ok, wait)
		}
	}
	if ok, _ := l.take(b); !ok {
		t.Error("another address pays for the first")
	}
	// However many addresses come, memory stays bounded, and one that is in use is known.
	for i := range 3 * addressesMax {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], 10<<24+uint32(i))
		l.take(netip.AddrFrom4(n))
		if i%1000 == 0 {
			if ok, _ := l.take(a); ok {
				t.Fatalf("forgotten after %d addresses", i)
			}
		}
	}
	if n := len(l.seen) + len(l.before); n > 2*addressesMax {
		t.Errorf("%d addresses are kept", n)
	}
}

// Somebody who guesses passwords does not lock the administrator out, but for a
// password that can be guessed.
func TestSignInWhileSomebodyGuesses(t *testing.T) {
	s := start(t, quiet(t))
	guessing := func() (last int) {
		for range guessBurst + 1 {
			last, _ = call(t, s, "POST", "/api/sign-in", "", `{"password":"guess"}`)
		}
		return last
	}
	if status := guessing(); status != http.StatusTooManyRequests {
		t.Errorf("after many guesses: %d", status)
	}
	if signIn(t, s) == "" {
		t.Error("the right password is refused")
	}
	s.secrets.AdminPassword = "short"
	if status, _ := call(t, s, "POST", "/api/sign-in", "", `{"password":"short"}`); status != http.StatusTooManyRequests {
		t.Errorf("a short password, from an address that guesses: %d", status)
	}
	// Wrong passwords are no wrong codes.
	room, err := s.CreateRoom(t.Context(), RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"room":%q,"code":"wrong"}`, room.Name)
	if status, _ := call(t, s, "POST", "/api/join", "", body); status != http.StatusForbidden {
		t.Errorf("a first wrong code after many wrong passwords: %d", status)
	}
	if status, _ := call(t, s, "POST", "/api/sign-in", "", `{"password":"guess"} {}`); status != http.StatusBadRequest {
		t.Errorf("two values in a body: %d", status)
	}
}
