package host

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// joinRequests stands in the default registry beside LiveKit's own metrics.
var joinRequests = promauto.NewCounterVec(prometheus.CounterOpts{
	Namespace: "foyer", Name: "join_requests_total", Help: "Requests to join, by HTTP status.",
}, []string{"status"})

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// scraped lets only those see the metrics who have signed in, or give the
// administrator's password, as Prometheus can.
func (s *Server) scraped(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok && user == "admin" {
			if s.password(w, r, password) {
				h.ServeHTTP(w, r)
			}
			return
		}
		if !s.sessions.valid(bearer(r)) {
			w.Header().Add("WWW-Authenticate", `Basic realm="Foyer"`)
			unauthorized(w)
			return
		}
		h.ServeHTTP(w, r)
	}
}

// counted counts a handler's answers as joins.
func counted(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{w, http.StatusOK}
		h(s, r)
		joinRequests.WithLabelValues(strconv.Itoa(s.status)).Inc()
	}
}
