package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/logger"
	"go.uber.org/zap"
	"gopkg.in/yaml.v3"
)

// sfu is LiveKit's server in this process; its HTTP answers on loopback only.
type sfu struct {
	url   string // ws://127.0.0.1:PORT
	srv   *service.LivekitServer
	ended chan struct{} // closed when it has stopped, for whatever reason
	err   error         // why, set before ended is closed
}

// starting keeps LiveKit's process-wide parts from being set up twice at once.
var starting sync.Mutex

// quietOnce lets LiveKit log errors only, a line each, and in a second a few of one
// message and then every thousandth: who joins and fails is an error for each of the
// others. Its own
// InitLoggerFromConfig would take over slog for the whole program.
var quietOnce = sync.OnceValue(func() error {
	l, err := logger.FromZapLogger(zap.New(nil, zap.AddCaller()), &logger.Config{
		Level: "error", Sample: true, ItemSampleInitial: complaintsMax, ItemSampleInterval: 1000})
	if err == nil {
		logger.SetLogger(l, "livekit")
	}
	return err
})

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
func portFree(network, host string, port int) error {
	address := net.JoinHostPort(host, fmt.Sprint(port))
	if network == "udp" {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return fmt.Errorf("open UDP port %d for media: %w", port, listenError(err))
		}
		return c.Close()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("open TCP port %d for media: %w", port, listenError(err))
	}
	return l.Close()
}

// listenError puts a sentinel before what the system said.
func listenError(err error) error {
	const wsaInUse = syscall.Errno(10048) // Windows' own number
	var n syscall.Errno
	if errors.As(err, &n) && (n == syscall.EADDRINUSE || n == wsaInUse) {
		return fmt.Errorf("%w: %w", ErrPortInUse, err)
	}
	return fmt.Errorf("%w: %w", ErrListen, err)
}

func startSFU(ctx context.Context, c Config, s secrets) (*sfu, error) {
	starting.Lock()
	defer starting.Unlock()
	if err := quietOnce(); err != nil {
		return nil, fmt.Errorf("set up LiveKit's log: %w", err)
	}
	// Somebody may take a port between our finding it free and LiveKit's opening it.
	for attempt := 1; ; attempt++ {
		u, err := tryStartSFU(ctx, c, s)
		if err == nil || ctx.Err() != nil || attempt == 3 || !errors.Is(err, syscall.EADDRINUSE) ||
			errors.Is(err, ErrPortInUse) {
			return u, err
		}
	}
}

func tryStartSFU(ctx context.Context, c Config, s secrets) (*sfu, error) {
	port, err := freePort("tcp", "127.0.0.1")
	if err != nil {
		return nil, fmt.Errorf("find a port for LiveKit: %w", err)
	}
	text, err := livekitConfig(c, s, port)
	if err != nil {
		return nil, err
	}
	conf, err := config.NewConfig(text, true, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("configure LiveKit: %w", err)
	}
	if err := conf.ValidateKeys(); err != nil {
		return nil, fmt.Errorf("configure LiveKit: %w", err)
	}
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
	u := &sfu{url: fmt.Sprintf("ws://127.0.0.1:%d", port), srv: srv, ended: make(chan struct{})}
	go func() {
		defer close(u.ended)
		u.err = srv.Start()
	}()
	// LiveKit tells nobody that it is up: ask until it is.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !srv.IsRunning() {
		select {
		case <-u.ended:
			return nil, fmt.Errorf("start LiveKit: %w", u.err)
		case <-tick.C: // its start takes 0.1 s and cannot be interrupted
		}
	}
	if ctx.Err() != nil {
		u.stop()
		return nil, fmt.Errorf("start LiveKit: %w", ctx.Err())
	}
	return u, nil
}

// livekitConfig is LiveKit's YAML; its HTTP takes the port on loopback.
func livekitConfig(c Config, s secrets, port int) (string, error) {
	host := "" // LiveKit opens its media ports on every address
	if c.loopback() {
		host = "127.0.0.1"
	}
	for _, p := range []struct {
		network string
		port    *int
	}{{"udp", &c.UDPPort}, {"tcp", &c.TCPPort}} {
		switch {
		case p.network == "tcp" && c.loopback():
			// LiveKit opens it on every address, where others reach it. UDP always works here.
			*p.port = 0
		case *p.port != 0:
			if err := portFree(p.network, host, *p.port); err != nil {
				return "", err
			}
		default:
			var err error
			if *p.port, err = freePort(p.network, host); err != nil {
				return "", fmt.Errorf("find a media port: %w", err)
			}
		}
	}
	rtc := map[string]any{
		"udp_port": c.UDPPort, "tcp_port": c.TCPPort, "use_external_ip": false,
		"enable_loopback_candidate": c.loopback(),
		// Who comes in sees a picture at once: up to a second goes by otherwise when
		// somebody else has just asked for a key frame.
		"pli_throttle":       map[string]any{"low_quality": "150ms", "mid_quality": "250ms", "high_quality": "350ms"},
		"congestion_control": map[string]any{"enabled": true, "use_send_side_bwe": true},
		// Clients reach us without STUN. Left out, LiveKit sends them and itself to
		// public servers; an address where nobody answers keeps meetings to ourselves.
		"stun_servers": []string{"127.0.0.1:9"},
	}
	if ip := c.mediaIP(); ip != "" {
		rtc["node_ip"] = ip
	} else {
		rtc["use_ice_lite"] = true // our candidates are our addresses: nothing to find out
	}
	if c.loopback() {
		rtc["ips"] = map[string]any{"includes": []string{"127.0.0.1/32"}}
	}
	b, err := yaml.Marshal(map[string]any{
		"port": port, "bind_addresses": []string{"127.0.0.1"},
		"keys":    map[string]string{s.APIKey: s.APISecret},
		"rtc":     rtc,
		"video":   map[string]any{"stream_tracker_manager": map[string]any{"video": map[string]any{"packet_tracker": returning()}}},
		"room":    map[string]any{"auto_create": true, "enable_remote_unmute": false, "empty_timeout": 300, "departure_timeout": 20},
		"logging": map[string]any{"level": "error"},
	})
	if err != nil {
		return "", fmt.Errorf("configure LiveKit: %w", err)
	}
	return string(b), nil
}

// returning lets a camera's larger layers count as there after 1.5 s of packets,
// once they had stopped. LiveKit waits 10 s: our senders bring a layer back only
// when the line has room for it.
func returning() map[int]any {
	steady := map[string]any{"samples_required": 1, "cycles_required": 3, "cycle_duration": "500ms"}
	return map[int]any{1: steady, 2: steady}
}

// stop ends every call and waits.
func (u *sfu) stop() {
	u.srv.Stop(true)
	<-u.ended
}
