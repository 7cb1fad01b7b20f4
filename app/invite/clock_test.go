package invite

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A certificate that is over by our clock is told apart from one of another server.
func TestCertificatesThatAreOverSpeakOfTheClock(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what        string
		from, until time.Duration
		want        error
	}{
		{"over", -2 * time.Hour, -time.Hour, ErrClock},
		{"not yet", time.Hour, 2 * time.Hour, ErrClock},
		{"another's", -time.Hour, time.Hour, ErrCertificate},
	} {
		now := time.Now()
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
			NotBefore: now.Add(c.from), NotAfter: now.Add(c.until)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		s.StartTLS()
		l := Link{Host: strings.TrimPrefix(s.URL, "https://"), Room: "r", Code: "c"}
		if _, err := l.Redeem(context.Background(), "Ada", ""); !errors.Is(err, c.want) {
			t.Errorf("a certificate that is %s: %v, want %v", c.what, err, c.want)
		}
		s.Close()
	}
}
