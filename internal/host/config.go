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
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"foyer/app/invite"
)

// Sentinels a person can meet.
var (
	ErrPortInUse   = errors.New("port is in use")
	ErrListen      = errors.New("address cannot be listened on")
	ErrDataFolder  = errors.New("data folder cannot be used")
	ErrDataInUse   = errors.New("another Foyer server uses this data folder")
	ErrConfig      = errors.New("configuration is wrong")
	ErrCertificate = errors.New("TLS certificate cannot be used")
)

// Config says how to serve. The YAML names are those of the flags.
type Config struct {
	Listen          string `yaml:"listen"`           // host:port of everything but media; port 0 takes a free one
	PublicHost      string `yaml:"public-host"`      // HOST[:PORT] that links carry; https://HOST[:PORT] when a proxy in front does the TLS
	MediaIP         string `yaml:"media-ip"`         // address that media is sent to, where it is not one of this machine's (NAT)
	TLSCert         string `yaml:"tls-cert"`         // PEM file
	TLSKey          string `yaml:"tls-key"`          // PEM file
	TLSSelfSigned   bool   `yaml:"tls-self-signed"`  // make a certificate, pinned by the links; so it is anyway when nothing else gives TLS beyond this machine
	UDPPort         int    `yaml:"udp-port"`         // media; 0 takes a free one
	TCPPort         int    `yaml:"tcp-port"`         // media where UDP is blocked; 0 takes a free one; none on loopback
	Data            string `yaml:"data"`             // state folder
	LiveKitURL      string `yaml:"livekit-url"`      // stand in front of this server or cluster instead of an SFU of our own
	APIKey          string `yaml:"api-key"`          // of LiveKitURL
	APISecret       string `yaml:"api-secret"`       // of LiveKitURL
	MaxParticipants int    `yaml:"max-participants"` // in rooms made from now on; 0 is no limit
	MaxConnections  int    `yaml:"max-connections"`  // open at once; 0 is no limit
	// MaxConnectionsPerAddress bounds those of one address, or those requests of one
	// address that a proxy in front names; 0 is no limit.
	MaxConnectionsPerAddress int    `yaml:"max-connections-per-address"`
	Room                     string `yaml:"room"` // title of a room to have from the start
}

// DefaultConfig is what foyer serve starts from.
func DefaultConfig() Config {
	data := "/var/lib/foyer"
	if base, err := os.UserConfigDir(); err == nil && os.Geteuid() != 0 {
		data = filepath.Join(base, "foyer", "host")
	}
	return Config{Listen: ":7443", UDPPort: 7882, TCPPort: 7881, Data: data,
		MaxParticipants: 500, MaxConnections: 2000, MaxConnectionsPerAddress: 200}
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
		var wrong *yaml.TypeError // prints several lines
		if errors.As(err, &wrong) {
			err = errors.New(strings.Join(wrong.Errors, "; "))
		}
		return fmt.Errorf("read configuration %s: %w: %w", path, ErrConfig, err)
	}
	return nil
}

func (c Config) check() error {
	wrong := func(why string) error { return fmt.Errorf("%w: %s", ErrConfig, why) }
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		return wrong("listen must be HOST:PORT or :PORT")
	}
	if _, _, _, err := splitPublic(c.PublicHost); err != nil {
		return err
	}
	if c.MediaIP != "" && net.ParseIP(c.MediaIP) == nil {
		return wrong("media-ip must be an IP address")
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
	if c.MaxParticipants < 0 || c.MaxParticipants > maxPeople {
		return wrong(fmt.Sprintf("max-participants must be from 0 to %d", maxPeople))
	}
	if c.MaxConnections < 0 || c.MaxConnectionsPerAddress < 0 {
		return wrong("max-connections and max-connections-per-address must be 0 or more")
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

// isPort says whether a text is a port number; 0 counts, it takes a free one.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}

// isHost reports whether a text is HOST or HOST:PORT.
func isHost(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "443"
		if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
			host = s[1 : len(s)-1]
		} else if strings.Contains(s, ":") {
			return false
		}
	}
	if !isPort(port) || port == "0" {
		return false
	}
	if strings.Contains(host, ":") {
		ip := net.ParseIP(host)
		return ip != nil
	}
	return isName(host)
}

// isName reports whether a text is a host's name as it goes over the wire, in ASCII.
func isName(s string) bool {
	name, err := invite.Host(s)
	return err == nil && name == strings.ToLower(strings.TrimSuffix(s, "."))
}

// splitPublic takes a public-host apart; a name in other letters becomes Punycode. proxied says that it began with
// https://: a proxy in front does the TLS.
func splitPublic(s string) (host, port string, proxied bool, err error) {
	host, proxied = strings.CutPrefix(s, "https://")
	if proxied {
		host = strings.TrimSuffix(host, "/")
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		if host, port = h, p; !isPort(p) || p == "0" {
			return "", "", false, fmt.Errorf("%w: public-host has a wrong port", ErrConfig)
		}
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if s != "" && net.ParseIP(host) == nil {
		if host, err = invite.Host(host); err != nil {
			return "", "", false, fmt.Errorf("%w: public-host must be HOST, HOST:PORT or https://HOST", ErrConfig)
		}
	}
	return host, port, proxied, nil
}

// proxied says whether a proxy in front does the TLS.
func (c Config) proxied() bool {
	_, _, p, _ := splitPublic(c.PublicHost)
	return p && c.TLSCert == "" && !c.TLSSelfSigned
}

// selfSigned says whether a certificate of our own making is used: invite codes
// do not cross a network in the clear.
func (c Config) selfSigned() bool {
	return c.TLSSelfSigned || c.TLSCert == "" && !c.proxied() && !c.loopback()
}

// loopback says whether the server is for this machine alone.
func (c Config) loopback() bool {
	listen, _, _ := net.SplitHostPort(c.Listen)
	public, _, _, _ := splitPublic(c.PublicHost)
	return isLoopback(listen) && (public == "" || isLoopback(public))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// mediaIP is the one address that media candidates shall carry; "" is each of
// this machine's own.
func (c Config) mediaIP() string {
	if c.MediaIP != "" {
		return c.MediaIP
	}
	if c.loopback() {
		return "127.0.0.1"
	}
	if host, _, _, _ := splitPublic(c.PublicHost); net.ParseIP(host) != nil && !isLoopback(host) {
		return host
	}
	return ""
}
