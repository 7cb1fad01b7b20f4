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

// counted counts a handler's answers as joins.
func counted(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{w, http.StatusOK}
		h(s, r)
		joinRequests.WithLabelValues(strconv.Itoa(s.status)).Inc()
	}
}
