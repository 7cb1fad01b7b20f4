package invite

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Link is a meeting link: foyer://HOST[:PORT]/ROOM?code=...#k=...&fp=... , the
// same with https, or a bare HOST:PORT/ROOM. The fragment never leaves the client.
type Link struct {
	Host        string // host or host:port, IPv6 in brackets; port 443, or 80 when Insecure, if it names none
	Room        string // letters, digits, - and _, at most 64
	Code        string // invite code; empty in a bare address
	Insecure    bool   // plain http ("insecure=1"): loopback and private hosts only
	Key         []byte // fragment k: end-to-end key of KeySize bytes, base64url
	Fingerprint []byte // fragment fp: SHA-256 of the host's certificate (DER), base64url
}

// KeySize is the length of an end-to-end key in bytes.
const KeySize = 32

const fingerprintSize = 32

// Direct is a LiveKit URL with a token, for joining without a Foyer host.
type Direct struct {
	URL, Token string
}

// Target is what a person typed: exactly one of the two is set.
type Target struct {
	Link   *Link
	Direct *Direct
}

var (
	roomForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	codeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,128}$`)
)

// maxInput bounds what is looked at; a LiveKit token may be some kilobytes.
const maxInput = 16 << 10

func malformed(why string) error { return fmt.Errorf("%w: %s", ErrMalformed, why) }

// Parse finds what the lobby accepts in what was pasted: a foyer:// or https://
// link, a bare HOST:PORT/ROOM (with or without ?code=), or a LiveKit ws:// or wss://
// URL with a token, as access_token= or token= or after white space. http:// works
// for this machine and its own network. Around it may stand what mail and chat
// programs leave there: words, quotes, brackets, line breaks. Two different links
// are an error. Errors wrap ErrMalformed and repeat nothing of what was typed.
func Parse(s string) (Target, error) {
	if len(s) > maxInput {
		return Target{}, malformed("it is too long")
	}
	s = plain(s)
	if s == "" {
		return Target{}, malformed("it is empty")
	}
	found, err := find(s)
	if err != nil {
		return Target{}, err
	}
	return found, nil
}

func parseLink(s string) (*Link, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, malformed("the address cannot be read")
	}
	if u.User != nil || u.Host == "" {
		return nil, malformed("it names no host")
	}
	host, err := Host(u.Host)
	if err != nil {
		return nil, err
	}
	room := strings.TrimSuffix(strings.TrimPrefix(u.Path, "/"), "/")
	if !roomForm.MatchString(room) {
		return nil, malformed("it names no room")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, malformed("what follows the question mark cannot be read")
	}
	l := &Link{Host: host, Room: room, Code: q.Get("code")}
	if !codeForm.MatchString(l.Code) {
		return nil, malformed("the invite code has other characters than letters and digits")
	}
	insecure := q.Get("insecure")
	if insecure != "" && insecure != "0" && insecure != "1" {
		return nil, malformed("insecure is 1 or 0")
	}
	l.Insecure = strings.EqualFold(u.Scheme, "http") || insecure == "1"
	if l.Insecure && !private(host) {
		return nil, malformed("an unencrypted link works on this machine and its own network only")
	}
	f, err := url.ParseQuery(u.Fragment)
	if err != nil {
		return nil, malformed("what follows the # cannot be read")
	}
	if l.Key, err = fragment(f, "k", KeySize); err != nil {
		return nil, err
	}
	if l.Fingerprint, err = fragment(f, "fp", fingerprintSize); err != nil {
		return nil, err
	}
	return l, nil
}

// fragment reads a part of what follows the #. One that is named and empty was cut
// off: a link without its key or pin is another link.
func fragment(f url.Values, name string, size int) ([]byte, error) {
	if !f.Has(name) {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(f.Get(name))
	if err != nil || len(b) != size {
		return nil, malformed("its end is damaged; copy the whole link")
	}
	return b, nil
}

// private says whether a host is this machine or in its own network, where an
// unencrypted connection can be borne.
func private(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if name == "localhost" || strings.HasSuffix(name, ".local") { // RFC 6762: this link only
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// String prints the link in its canonical foyer:// form.
func (l Link) String() string { return l.print(l.Code, true) }

// Redacted prints it without code and fragment, for logs.
func (l Link) Redacted() string { return l.print("", false) }

func (l Link) print(code string, secrets bool) string {
	u := url.URL{Scheme: "foyer", Host: l.Host, Path: "/" + l.Room}
	q := url.Values{}
	if code != "" {
		q.Set("code", code)
	}
	if l.Insecure {
		q.Set("insecure", "1")
	}
	u.RawQuery = q.Encode()
	s := u.String()
	if !secrets {
		return s
	}
	f := url.Values{}
	if len(l.Key) > 0 {
		f.Set("k", base64.RawURLEncoding.EncodeToString(l.Key))
	}
	if len(l.Fingerprint) > 0 {
		f.Set("fp", base64.RawURLEncoding.EncodeToString(l.Fingerprint))
	}
	if len(f) > 0 {
		s += "#" + f.Encode()
	}
	return s
}

// BaseURL is where the link's host answers: https://HOST, or http://HOST.
func (l Link) BaseURL() string {
	if l.Insecure {
		return "http://" + l.Host
	}
	return "https://" + l.Host
}

// NewKey makes an end-to-end key.
func NewKey() []byte {
	k := make([]byte, KeySize)
	rand.Read(k) // never fails (crypto/rand)
	return k
}
