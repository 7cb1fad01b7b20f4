package invite

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
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
	hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
)

// maxInput bounds what is looked at; a LiveKit token may be some kilobytes.
const maxInput = 16 << 10

func malformed(why string) error { return fmt.Errorf("%w: %s", ErrMalformed, why) }

// Parse reads anything that the lobby accepts: a foyer:// or https:// link, a
// bare HOST:PORT/ROOM (with or without ?code=), or a LiveKit ws:// or wss:// URL
// with a token, as access_token= or token= or after white space. http:// works for
// this machine and its own network. Errors wrap ErrMalformed and repeat nothing
// of what was typed.
func Parse(s string) (Target, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Target{}, malformed("it is empty")
	}
	if len(s) > maxInput {
		return Target{}, malformed("it is too long")
	}
	scheme, _, found := strings.Cut(s, "://")
	switch strings.ToLower(scheme) {
	case "ws", "wss":
		if found {
			d, err := parseDirect(s)
			return Target{Direct: d}, err
		}
	case "foyer", "https", "http":
	default:
		if found {
			return Target{}, malformed("links begin with foyer:// or https://")
		}
	}
	if !found {
		s = "foyer://" + s
	}
	l, err := parseLink(s)
	return Target{Link: l}, err
}

func parseDirect(s string) (*Direct, error) {
	words := strings.Fields(s)
	u, err := url.Parse(words[0])
	if err != nil || u.Host == "" || u.User != nil {
		return nil, malformed("the LiveKit address cannot be read")
	}
	host, err := checkHost(u.Host)
	if err != nil {
		return nil, err
	}
	token := strings.Join(words[1:], " ")
	q := u.Query()
	for _, name := range []string{"access_token", "token"} {
		if token == "" {
			token = q.Get(name)
		}
	}
	if token == "" {
		return nil, malformed("a LiveKit address needs a token behind it")
	}
	if strings.ContainsAny(token, " \t\r\n") || strings.Count(token, ".") != 2 {
		return nil, malformed("the token behind the address is not one")
	}
	return &Direct{URL: strings.ToLower(u.Scheme) + "://" + host + strings.TrimSuffix(u.EscapedPath(), "/"), Token: token}, nil
}

func parseLink(s string) (*Link, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, malformed("the address cannot be read")
	}
	if u.User != nil || u.Host == "" {
		return nil, malformed("it names no host")
	}
	host, err := checkHost(u.Host)
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
	l.Insecure = strings.EqualFold(u.Scheme, "http") || q.Get("insecure") == "1"
	if l.Insecure && !private(host) {
		return nil, malformed("an unencrypted link works on this machine and its own network only")
	}
	f, err := url.ParseQuery(u.Fragment)
	if err != nil {
		return nil, malformed("what follows the # cannot be read")
	}
	if l.Key, err = fragment(f.Get("k"), KeySize); err != nil {
		return nil, err
	}
	if l.Fingerprint, err = fragment(f.Get("fp"), fingerprintSize); err != nil {
		return nil, err
	}
	return l, nil
}

func fragment(s string, size int) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != size {
		return nil, malformed("its end is damaged; copy the whole link")
	}
	return b, nil
}

// checkHost returns host or host:port in one form.
func checkHost(h string) (string, error) {
	name, port := h, ""
	if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
		name, port = h[:i], h[i+1:]
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return "", malformed("the port is not a number from 1 to 65535")
		}
	}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		ip, err := netip.ParseAddr(name[1 : len(name)-1])
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", malformed("the host is not an address")
		}
		name = "[" + ip.String() + "]"
	} else if !hostForm.MatchString(name) || strings.Contains(name, "..") {
		return "", malformed("the host is not a name or address")
	}
	name = strings.ToLower(name)
	if port == "" {
		return name, nil
	}
	return name + ":" + port, nil
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
