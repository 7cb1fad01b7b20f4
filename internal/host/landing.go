package host

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
)

//go:embed landing.html
var landingPage []byte

// landingPolicy lets the page run its own script and nothing else.
var landingPolicy = func() string {
	_, script, _ := strings.Cut(string(landingPage), "<script>")
	script, _, _ = strings.Cut(script, "</script>")
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

var roomForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// landing is what a browser shows of an https meeting link: a button that opens
// Foyer. The link is put together in the page, since the fragment stays there.
// It is the same for every room, so that nobody learns which there are.
func landing(w http.ResponseWriter, r *http.Request) {
	if !roomForm.MatchString(r.PathValue("room")) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", landingPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(landingPage)
}
