package host

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"gopkg.in/yaml.v3"
)

// sfu is LiveKit's server in this process; its HTTP answers on loopback only.
type sfu struct {
	url  string // ws://127.0.0.1:PORT
	srv  *service.LivekitServer
	done chan error
}

// starting keeps LiveKit's process-wide parts from being set up twice at once.
var starting sync.Mutex

// freePort finds a TCP or UDP port that nobody holds.
func freePort(network, host string) (int, error) {
	if network == "udp" {
		c, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).Port, nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// portFree tells a port in use before LiveKit opens its others: it leaks them
// when it cannot start.
func portFree(network string, port int) error {
	address := fmt.Sprintf(":%d", port)
	if network == "udp" {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return fmt.Errorf("UDP port %d: %w: %w", port, ErrPortInUse, err)
		}
		return c.Close()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("TCP port %d: %w: %w", port, ErrPortInUse, err)
	}
	return l.Close()
}

func startSFU(ctx context.Context, c Config, s secrets) (*sfu, error) {
	starting.Lock()
	defer starting.Unlock()
	port, err := freePort("tcp", "127.0.0.1")
	if err != nil {
		return nil, fmt.Errorf("find a port for LiveKit: %w", err)
	}
	for _, p := range []struct {
		network string
		port    *int
	}{{"udp", &c.UDPPort}, {"tcp", &c.TCPPort}} {
		if *p.port == 0 {
			if *p.port, err = freePort(p.network, ""); err != nil {
				return nil, fmt.Errorf("find a media port: %w", err)
			}
		} else if err := portFree(p.network, *p.port); err != nil {
			return nil, err
		}
	}
	rtc := map[string]any{
		"udp_port": c.UDPPort, "tcp_port": c.TCPPort, "use_external_ip": false, "enable_loopback_candidate": c.loopback(),
		"congestion_control": map[string]any{"enabled": true, "use_send_side_bwe": true},
	}
	if ip := net.ParseIP(c.PublicHost); ip != nil {
		rtc["node_ip"] = ip.String()
	} else if c.loopback() {
		rtc["node_ip"] = "127.0.0.1"
	}
	text, err := yaml.Marshal(map[string]any{
		"port": port, "bind_addresses": []string{"127.0.0.1"},
		"keys":    map[string]string{s.APIKey: s.APISecret},
		"rtc":     rtc,
		"room":    map[string]any{"auto_create": true, "enable_remote_unmute": true, "empty_timeout": 300, "departure_timeout": 20},
		"logging": map[string]any{"level": "error"},
	})
	if err != nil {
		return nil, fmt.Errorf("configure LiveKit: %w", err)
	}
	conf, err := config.NewConfig(string(text), true, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("configure LiveKit: %w", err)
	}
	if err := conf.ValidateKeys(); err != nil {
		return nil, fmt.Errorf("configure LiveKit: %w", err)
	}
	config.InitLoggerFromConfig(&conf.Logging)
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return nil, fmt.Errorf("start LiveKit: %w", err)
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return nil, fmt.Errorf("start LiveKit's metrics: %w", err)
	}
	srv, err := service.InitializeServer(conf, node)
	if err != nil {
		return nil, fmt.Errorf("start LiveKit: %w", err)
	}
	u := &sfu{url: fmt.Sprintf("ws://127.0.0.1:%d", port), srv: srv, done: make(chan error, 1)}
	go func() { u.done <- srv.Start() }()
	// LiveKit tells nobody that it is up: ask until it is.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !srv.IsRunning() {
		select {
		case err := <-u.done:
			return nil, fmt.Errorf("start LiveKit: %w", err)
		case <-ctx.Done():
			srv.Stop(true)
			<-u.done
			return nil, fmt.Errorf("start LiveKit: %w", ctx.Err())
		case <-tick.C:
		}
	}
	return u, nil
}

func (u *sfu) stop() {
	u.srv.Stop(true)
	<-u.done
}
