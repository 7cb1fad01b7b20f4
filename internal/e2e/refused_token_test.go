//go:build unix

package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A bare LiveKit quotes the whole token that it refuses. Nothing of it is printed, and
// what is printed says why it was refused.
func TestARefusedTokenIsNotPrinted(t *testing.T) {
	const key, secret = "testkey", "a secret of more than thirty-two bytes"
	port := unusedPort(t, "tcp")
	path := filepath.Join(t.TempDir(), "livekit.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, `port: %s
bind_addresses: ["127.0.0.1"]
keys: {%s: %s}
rtc: {tcp_port: %s, udp_port: %s, use_external_ip: false, node_ip: 127.0.0.1}
logging: {level: error}
`, port, key, secret, unusedPort(t, "tcp"), unusedPort(t, "udp")), 0o600); err != nil {
		t.Fatal(err)
	}
	startLiveKit(t, "LiveKit", path, port)
	token := func(secret string, from time.Time) string {
		part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		made := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(
			`{"iss":%q,"sub":"eve","nbf":%d,"exp":%d,"video":{"roomJoin":true,"room":"r"}}`, key, from.Unix(), from.Add(time.Hour).Unix()))
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(made))
		return made + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	for _, c := range []struct{ name, token, words string }{
		{"signed with another secret", token("another secret of more than thirty-two bytes", time.Now()), "access token refused"},
		{"not valid yet", token(secret, time.Now().Add(30*time.Minute)), "clocks"},
	} {
		code, p := runToEnd(t, 30*time.Second, quietEnv(t), "join", "--headless", "--camera", "none", "--microphone", "none", "--speaker", "none",
			"ws://127.0.0.1:"+port+" "+c.token)
		said := p.Text() + p.Stderr()
		if code != 1 || !strings.Contains(said, c.words) {
			t.Errorf("%s: code %d, %q; want code 1 and %q", c.name, code, said, c.words)
		}
		for part := range strings.SplitSeq(c.token, ".") {
			if strings.Contains(said, part[:16]) {
				t.Errorf("%s: the token is printed: %q", c.name, said)
			}
		}
	}
}
