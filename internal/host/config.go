// Package host is the meeting server: LiveKit's SFU in process, and in front of
// it, on one port, invites, roles and admission.
package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// Sentinels a person can meet.
var (
	ErrPortInUse   = errors.New("port is in use")
	ErrDataFolder  = errors.New("data folder cannot be used")
	ErrConfig      = errors.New("configuration is wrong")
	ErrCertificate = errors.New("TLS certificate cannot be used")
)

// Config says how to serve. The YAML names are those of the flags.
type Config struct {
	Listen          string `yaml:"listen"`           // host:port of everything but media; port 0 takes a free one
	PublicHost      string `yaml:"public-host"`      // name or address that links carry; default: what Listen says, or the LAN's
	TLSCert         string `yaml:"tls-cert"`         // PEM file
	TLSKey          string `yaml:"tls-key"`          // PEM file
	TLSSelfSigned   bool   `yaml:"tls-self-signed"`  // make a certificate, pinned by the links
	UDPPort         int    `yaml:"udp-port"`         // media; 0 takes a free one
	TCPPort         int    `yaml:"tcp-port"`         // media where UDP is blocked; 0 takes a free one
	Data            string `yaml:"data"`             // state folder
	LiveKitURL      string `yaml:"livekit-url"`      // stand in front of this server or cluster instead of an SFU of our own
	APIKey          string `yaml:"api-key"`          // of LiveKitURL
	APISecret       string `yaml:"api-secret"`       // of LiveKitURL
	MaxParticipants int    `yaml:"max-participants"` // in rooms made from now on; 0 is no limit
	Room            string `yaml:"room"`             // title of a room to have from the start
}

// DefaultConfig is what foyer serve starts from.
func DefaultConfig() Config {
	data := "/var/lib/foyer"
	if base, err := os.UserConfigDir(); err == nil && os.Geteuid() != 0 {
		data = filepath.Join(base, "foyer", "host")
	}
	return Config{Listen: ":7443", UDPPort: 7882, TCPPort: 7881, Data: data}
}

// ReadFile overlays c with a YAML file. Unknown names are errors.
func (c *Config) ReadFile(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w: %w", ErrConfig, err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read configuration %s: %w: %w", path, ErrConfig, err)
	}
	return nil
}

func (c Config) check() error {
	wrong := func(why string) error { return fmt.Errorf("%w: %s", ErrConfig, why) }
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return wrong("listen must be HOST:PORT or :PORT")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return wrong("tls-cert and tls-key go together")
	}
	if c.TLSCert != "" && c.TLSSelfSigned {
		return wrong("give a certificate, or tls-self-signed, not both")
	}
	if c.Data == "" {
		return wrong("data names no folder")
	}
	for name, port := range map[string]int{"udp-port": c.UDPPort, "tcp-port": c.TCPPort} {
		if port < 0 || port > 65535 {
			return wrong(name + " must be from 0 to 65535")
		}
	}
	if c.MaxParticipants < 0 {
		return wrong("max-participants must not be negative")
	}
	if c.LiveKitURL == "" {
		if c.APIKey != "" || c.APISecret != "" {
			return wrong("api-key and api-secret belong to livekit-url")
		}
		return nil
	}
	u, err := url.Parse(c.LiveKitURL)
	if err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss" && u.Scheme != "http" && u.Scheme != "https") {
		return wrong("livekit-url must be ws://HOST or wss://HOST")
	}
	if c.APIKey == "" || c.APISecret == "" {
		return wrong("livekit-url needs api-key and api-secret")
	}
	return nil
}

// loopback says whether the server is for this machine alone.
func (c Config) loopback() bool {
	host, _, _ := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
