package invite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
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
		"foyer://host/room?code=" + strings.Repeat("a", 20000),
	} {
		if got, err := Parse(in); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.60q: %+v, %v; want ErrMalformed", in, got, err)
		}
	}
}

func TestRedactedHidesSecrets(t *testing.T) {
	l := Link{Host: "h:1", Room: "r", Code: "sesame", Key: key, Fingerprint: key}
	if s := l.Redacted(); s != "foyer://h:1/r" {
		t.Errorf("Redacted is %q", s)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"foyer://h:1/r?code=a#k=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", "h/r", "ws://h a.b.c", "https://[::1]/r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
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
			return
		}
		again, err := Parse(got.Link.String())
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("%q prints as %q, which parses as %+v, %v", s, got.Link, again.Link, err)
		}
	})
}

// answering starts a TLS host that gives one answer, and a link to it.
func answering(t *testing.T, status int, body any) (Link, *JoinRequest) {
	t.Helper()
	var got JoinRequest
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/join" || r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	}))
	s.Config.ErrorLog = nil
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
	if want := (JoinRequest{Room: "r", Code: "c", Name: "Ada", Client: "secret"}); *got != want {
		t.Errorf("the host was asked %+v, want %+v", *got, want)
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

func TestRedeemErrors(t *testing.T) {
	for code, want := range sentinels {
		l, _ := answering(t, 403, ErrorBody{APIError{Code: code}})
		if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, want) {
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
	l = Link{Host: "127.0.0.1:1", Room: "r", Insecure: true}
	if _, err := l.Redeem(context.Background(), "", ""); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there: %v, want ErrUnreachable", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Redeem(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
