package host

import (
	_ "embed"
	"net/http"
)

//go:embed landing.html
var landingPage []byte

// landing is what a browser shows of an https meeting link: a button that opens
// Foyer. The link is put together in the page, since the fragment stays there.
func landing(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(landingPage)
}
