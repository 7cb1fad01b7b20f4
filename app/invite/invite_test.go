package invite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

var key = bytes.Repeat([]byte{7}, 32)

func TestParse(t *testing.T) {
	k := "k=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
	for in, want := range map[string]Target{
		"foyer://meet.example.org/standup?code=abc":   {Link: &Link{Host: "meet.example.org", Room: "standup", Code: "abc"}},
		"https://Meet.Example.org:7443/s?code=a#" + k: {Link: &Link{Host: "meet.example.org:7443", Room: "s", Code: "a", Key: key}},
		"meet.example.org:7443/standup":               {Link: &Link{Host: "meet.example.org:7443", Room: "standup"}},
		"  foyer://[::1]:80/r?insecure=1&code=x \n":   {Link: &Link{Host: "[::1]:80", Room: "r", Code: "x", Insecure: true}},
		"http://127.0.0.1:7443/r?code=x":              {Link: &Link{Host: "127.0.0.1:7443", Room: "r", Code: "x", Insecure: true}},
		"foyer://h/r#fp=" + k[2:]:                     {Link: &Link{Host: "h", Room: "r", Fingerprint: key}},
		"foyer://[2001:DB8:0::1]/r":                   {Link: &Link{Host: "[2001:db8::1]", Room: "r"}},
		"foyer://[::1]:7443/r?code=x":                 {Link: &Link{Host: "[::1]:7443", Room: "r", Code: "x"}},
		"http://box.local/r":                          {Link: &Link{Host: "box.local", Room: "r", Insecure: true}},
		"http://192.168.1.5:80/r":                     {Link: &Link{Host: "192.168.1.5:80", Room: "r", Insecure: true}},
		"HTTPS://host/R_-9/?code=x&utm=y":             {Link: &Link{Host: "host", Room: "R_-9", Code: "x"}},
		"localhost:7443/r?code=x#" + k:                {Link: &Link{Host: "localhost:7443", Room: "r", Code: "x", Key: key}},
		"wss://LK.example.org/sub/\ta.b.c\n":          {Direct: &Direct{URL: "wss://lk.example.org/sub", Token: "a.b.c"}},
		"WSS://lk.example.org?token=a.b.c":            {Direct: &Direct{URL: "wss://lk.example.org", Token: "a.b.c"}},
		"wss://lk.example.org a.b.c":                  {Direct: &Direct{URL: "wss://lk.example.org", Token: "a.b.c"}},
		"ws://127.0.0.1:7880/?access_token=a.b.c":     {Direct: &Direct{URL: "ws://127.0.0.1:7880", Token: "a.b.c"}},
	} {
		got, err := Parse(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v", in, got.Link, want.Link)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "hello", "foyer://", "foyer://host", "foyer://host/", "foyer://host/a/b", "foyer://host/ä",
		"ftp://host/room", "foyer://user@host/room", "foyer://host:0/room", "foyer://host:99999/room", "foyer://ho st/room",
		"foyer://[::1/room", "foyer://host/room?code=a%20b", "foyer://host/room#k=short", "http://example.org/room?code=a",
		"foyer://host/room#fp=!!!", "wss://host", "wss://host token", "foyer://host/" + strings.Repeat("a", 65),
		"foyer://host/room?code=" + strings.Repeat("a", 20000), "foyer://host/room?code=" + strings.Repeat("a", 129),
		"foyer://" + strings.Repeat("a", 254) + "/r", "foyer://host/%E2%82%AC", "foyer://::1/room",
		"foyer://[fe80::1%25eth0]/room", "foyer://[127.0.0.1]/room", "foyer://host:+80/room", "foyer://a..b/room",
		"foyer://host/room?code=%zz", "http://8.8.8.8/room", "foyer://example.org/room?insecure=1", "wss://host a.b.c d",
		"wss://u:p@host a.b.c", "wss://host:0 a.b.c", "javascript:alert(1)", "file:///etc/passwd", "foyer://host/room#k=%",
	} {
		if got, err := Parse(in); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.60q: %+v, %v; want ErrMalformed", in, got, err)
		}
	}
}

func TestStringIsReadAgain(t *testing.T) {
	for _, l := range []Link{
		{Host: "h", Room: "r"},
		{Host: "[::1]:7443", Room: "r", Code: "abc", Insecure: true, Key: NewKey(), Fingerprint: NewKey()},
		{Host: "meet.example.org", Room: strings.Repeat("a", 64), Code: strings.Repeat("b", 128), Key: NewKey()},
	} {
		got, err := Parse(l.String())
		if err != nil || !reflect.DeepEqual(*got.Link, l) {
			t.Errorf("%s: %+v, %v; want %+v", l, got.Link, err, l)
		}
	}
}

func TestBaseURL(t *testing.T) {
	if got := (Link{Host: "h:1"}).BaseURL(); got != "https://h:1" {
		t.Error(got)
	}
	if got := (Link{Host: "h:1", Insecure: true}).BaseURL(); got != "http://h:1" {
		t.Error(got)
	}
}

func TestKeysDiffer(t *testing.T) {
	if a, b := NewKey(), NewKey(); len(a) != KeySize || bytes.Equal(a, b) {
		t.Errorf("keys %x and %x", a, b)
	}
}

func TestErrorsRepeatNothingTyped(t *testing.T) {
	_, err := Parse("foyer://host/room?code=sesame%20open#k=secret")
	if err == nil || strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}

func TestRedactedHidesSecrets(t *testing.T) {
	l := Link{Host: "h:1", Room: "r", Code: "sesame", Key: key, Fingerprint: key}
	if s := l.Redacted(); s != "foyer://h:1/r" {
		t.Errorf("Redacted is %q", s)
	}
}

func FuzzParse(f *testing.F) {
	k := "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
	for _, s := range []string{"foyer://h:1/r?code=a#k=" + k, "h/r", "ws://h a.b.c", "https://[::1]/r", "Join: <foyer://h/r?code=a&amp;insecure=1>.",
		"„foyer://h/r“", "[foyer://h/r](foyer://h/r)", "foyer://h/r?co\r\n> de=a", "https://münchen.example/raum", "見https://h.example/r。ok", "wss://h\n\"eyJ.b.c\"",
		"h.example./r", "a_b/r", "https://a/r https://b/r", "foyer://xn--mnchen-3ya.example/r", "f\u00adoyer://h/r\u200b",
		"https://h/r?code=a&code=b#k=x#k=y", "foyer://h:99999/r", "foyer://u:p@h/r", "foyer://[::1%25lo]/r", "HTTPS://H/%2e%2e/r?fp=", "foyer:///r", "h:1/\u202er\u200b",
		"foyer://xn--nxasmq6b/r", "foYer://0\n0/0", "ws://0?token=..0", "ws://0?token=A.://.0", "ws://0/!# 0..0", "ws://0/a!/?#. 0..0", "wss://h?access_token=a.b.c", "foyer://h/r?code=%00%ff", "join me: https://h/r?code=a.", strings.Repeat("h/", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tidy := Tidy(s); strings.Contains(tidy, "\n") && tidy != s {
			t.Fatalf("%q is tidied to %q", s, tidy)
		}
		got, err := Parse(s)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%q: %v does not wrap ErrMalformed", s, err)
			}
			return
		}
		if got.Link == nil {
			if got.Direct == nil {
				t.Fatalf("%q: neither link nor URL", s)
			}
			again, err := Parse(got.Direct.URL + " " + got.Direct.Token)
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Fatalf("%q is read as %+v, which is read as %+v, %v", s, got.Direct, again.Direct, err)
			}
			return
		}
		printed := got.Link.String()
		for _, around := range []string{"%s", "<%s>", "„%s“", "(%s).", "Join: %s, please", "[here](%s)", "%s\n"} {
			again, err := Parse(strings.Replace(around, "%s", printed, 1))
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Fatalf("%q prints as %q, which is read as %+v, %v in %q", s, printed, again.Link, err, around)
			}
		}
		// No other host than one that was typed, wrapped over lines or not.
		host, _, err := net.SplitHostPort(got.Link.Host)
		if err != nil {
			host = got.Link.Host
		}
		unwrap := strings.NewReplacer("\r", "", "\n", "", "\t", "", " ", "", ">", "")
		if plain := unwrap.Replace(strings.ToLower(plain(s))); isASCII(plain) && !strings.Contains(host, ":") && !strings.Contains(plain, host) && !strings.Contains(plain, "%") {
			t.Fatalf("%q leads to %s", s, host)
		}
		if shown := ShownHost(got.Link.Host); shown != got.Link.Host {
			if back, err := Host(shown); err != nil || back != got.Link.Host {
				t.Fatalf("%s is shown as %s, which is %s, %v", got.Link.Host, shown, back, err)
			}
		}
	})
}

// answering starts a TLS host that gives one answer, and a link to it.
func answering(t *testing.T, status int, body any) (Link, *string) {
	t.Helper()
	var got string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/join" || r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = string(b)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates are what is tested
	s.StartTLS()
	t.Cleanup(s.Close)
	fp := sha256.Sum256(s.Certificate().Raw)
	return Link{Host: strings.TrimPrefix(s.URL, "https://"), Room: "r", Code: "c", Key: key, Fingerprint: fp[:]}, &got
}

func TestRedeem(t *testing.T) {
	l, got := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t", Role: "guest"})
	j, err := l.Redeem(context.Background(), "Ada", "secret")
	if err != nil || j.Token != "t" || j.Role != "guest" {
		t.Fatal(j, err)
	}
	if want := `{"room":"r","code":"c","name":"Ada","client":"` + l.pseudonym("secret") + `"}`; *got != want { // and so no key
		t.Errorf("the host was asked %s, want %s", *got, want)
	}
}

// Each host knows a person by another name, and none by the secret, which would
// let its keeper be that person elsewhere.
func TestRedeemKeepsTheSecret(t *testing.T) {
	const secret = "my secret"
	l, got := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t"})
	if _, err := l.Redeem(context.Background(), "Ada", secret); err != nil {
		t.Fatal(err)
	}
	var q JoinRequest
	if err := json.Unmarshal([]byte(*got), &q); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(*got, secret) || len(q.Client) != 64 {
		t.Errorf("the host was told %s", *got)
	}
	seen := map[string]string{q.Client: l.Host}
	for name, l := range map[string]Link{
		"a name":           {Host: "meet.example.org"},
		"another port":     {Host: "meet.example.org:7443"},
		"another name":     {Host: "meet.example.com"},
		"in the clear":     {Host: "meet.example.org", Insecure: true},
		"a pin":            {Host: "meet.example.org", Fingerprint: key},
		"a pin of another": {Host: "meet.example.org", Fingerprint: make([]byte, 32)},
		"loopback":         {Host: "127.0.0.1:1", Insecure: true},
		"another loopback": {Host: "127.0.0.1:2", Insecure: true},
	} {
		c := l.pseudonym(secret)
		if other, ok := seen[c]; ok {
			t.Errorf("%s and %s know a person by the same name", name, other)
		}
		seen[c] = name
	}
	// The same server is the same, however a link spells it, and from whatever address where it is pinned.
	for _, same := range [][2]Link{
		{{Host: "Meet.Example.org:443"}, {Host: "meet.example.org"}},
		{{Host: "localhost:80", Insecure: true}, {Host: "localhost", Insecure: true}},
		{{Host: "192.0.2.1:7443", Fingerprint: key}, {Host: "127.0.0.1:7443", Fingerprint: key}},
	} {
		if a, b := same[0].pseudonym(secret), same[1].pseudonym(secret); a != b {
			t.Errorf("%s and %s know a person by two names", same[0].Host, same[1].Host)
		}
	}
	if c := (Link{Host: "h"}).pseudonym(""); c != "" {
		t.Errorf("who has no secret is known as %q", c)
	}
}

// Nobody goes in clear into a meeting that is encrypted.
func TestRedeemNeedsTheKeyOfAnEncryptedMeeting(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		for _, k := range [][]byte{nil, key} {
			l, _ := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t", Encrypted: encrypted})
			l.Key = k
			j, err := l.Redeem(context.Background(), "Ada", "secret")
			if want := encrypted && k == nil; errors.Is(err, ErrKeyNeeded) != want || (j.Token == "") != want {
				t.Errorf("encrypted %v, a key of %d bytes: %v", encrypted, len(k), err)
			}
		}
	}
}

func TestRedeemPinsTheCertificate(t *testing.T) {
	l, _ := answering(t, 200, JoinResponse{URL: "wss://h", Token: "t"})
	for _, fp := range [][]byte{key, nil} { // another's, and none for a certificate nobody signed
		l.Fingerprint = fp
		if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrCertificate) {
			t.Errorf("fingerprint %x: %v, want ErrCertificate", fp, err)
		}
	}
}

func TestRedeemGivesUp(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before that, nobody notices that the client goes
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	l := Link{Host: strings.TrimPrefix(s.URL, "http://"), Room: "r", Insecure: true}
	if _, err := l.Redeem(ctx, "", ""); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a host that says nothing: %v, want ErrUnreachable", err)
	}
}

// A server at which too many people of this address join asks for patience, and gets it.
func TestRedeemWaitsItsTurn(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			json.NewEncoder(w).Encode(ErrorBody{APIError{Code: CodeBusy}})
			return
		}
		json.NewEncoder(w).Encode(JoinResponse{URL: "ws://h", Token: "t"})
	}))
	t.Cleanup(s.Close)
	l := Link{Host: strings.TrimPrefix(s.URL, "http://"), Room: "r", Insecure: true}
	if j, err := l.Redeem(context.Background(), "", ""); err != nil || j.Token != "t" || asked != 2 {
		t.Errorf("asked %d times: %+v, %v", asked, j, err)
	}
}

func TestRedeemErrors(t *testing.T) {
	for code, want := range sentinels {
		l, _ := answering(t, 403, ErrorBody{APIError{Code: code}})
		ctx, cancel := context.WithTimeout(context.Background(), 900*time.Millisecond) // no time to wait where it is busy
		_, err := l.Redeem(ctx, "", "")
		cancel()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
	}
	l, _ := answering(t, 500, "oops")
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrServer) {
		t.Errorf("500: %v, want ErrServer", err)
	}
	l, _ = answering(t, 200, "oops")
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrServer) {
		t.Errorf("nonsense: %v, want ErrServer", err)
	}
	l, _ = answering(t, 307, nil) // a code is not carried elsewhere
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrServer) {
		t.Errorf("sent on: %v, want ErrServer", err)
	}
	l.Insecure = true // plain words to a TLS server
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrServer) {
		t.Errorf("no TLS: %v, want ErrServer", err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	l = Link{Host: free.Addr().String(), Room: "r", Insecure: true}
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there: %v, want ErrUnreachable", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Redeem(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestRedeemJudgesWhereTheTokenGoes(t *testing.T) {
	for _, c := range []struct {
		url             string
		secure, private bool // may a link with TLS go there, and one without
	}{
		{"wss://h", true, true}, {"wss://h:7443/sub", true, true},
		{"ws://127.0.0.1:7880", true, true}, {"ws://192.168.1.5", true, true},
		{"ws://example.org", false, true},
		{"http://h", false, false}, {"file:///etc/passwd", false, false}, {"wss://", false, false},
		{"wss://u:p@h", false, false}, {"h", false, false}, {"javascript:alert(1)", false, false},
	} {
		if got := (Link{Host: "h"}).signals(c.url); got != c.secure {
			t.Errorf("a link with TLS to %s: %v", c.url, got)
		}
		if got := (Link{Host: "h", Insecure: true}).signals(c.url); got != c.private {
			t.Errorf("a link without TLS to %s: %v", c.url, got)
		}
	}
	l, _ := answering(t, 200, JoinResponse{URL: "ws://example.org", Token: "t"})
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrServer) {
		t.Errorf("a token in clear: %v, want ErrServer", err)
	}
}
