//go:build unix

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"

	"foyer/app/call"
	"foyer/internal/e2e/sound"
)

// livekitEnv names a LiveKit configuration: the test binary then is that
// server, until its standard input ends. The module's own main package needs
// modules that Foyer does not.
const livekitEnv = "FOYER_TEST_LIVEKIT"

func runLiveKit(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	conf, err := config.NewConfig(string(text), true, nil, nil)
	if err != nil {
		return err
	}
	if err := conf.ValidateKeys(); err != nil {
		return err
	}
	config.InitLoggerFromConfig(&conf.Logging)
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return err
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return err
	}
	srv, err := service.InitializeServer(conf, node)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Start() }()
	told := make(chan struct{})
	go func() {
		defer close(told)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case err := <-ended:
		return err
	case <-told:
		srv.Stop(true)
		return <-ended
	}
}

// background starts a program that end ends; the test waits for it.
func background(t *testing.T, cmd *exec.Cmd, end func() error) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := end()
		kill := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
		err = errors.Join(err, cmd.Wait())
		if !kill.Stop() {
			err = errors.Join(err, errors.New("killed: it did not end by itself"))
		}
		if err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
		if t.Failed() {
			t.Logf("%s printed: %s", cmd, tail(out.String(), 2000))
		}
	})
}

// awaitAnswer tries ask until it succeeds.
func awaitAnswer(t *testing.T, what string, ask func(context.Context) error) {
	t.Helper()
	ctx := within(t, 15*time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v", what, err)
		case <-tick.C:
		}
	}
}

// counted is a way to one node that counts signalling connections.
type counted struct {
	*httputil.ReverseProxy
	connections atomic.Int64
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		c.connections.Add(1)
	}
	c.ReverseProxy.ServeHTTP(w, r)
}

// countTo starts a way to the node on a port, and tells its own port.
func countTo(t *testing.T, node string) (*counted, string) {
	t.Helper()
	c := &counted{ReverseProxy: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "127.0.0.1:" + node})}
	return c, listen(t, c)
}

// listen serves on a port of loopback for as long as the test runs.
func listen(t *testing.T, h http.Handler) (port string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port
}

// inTurn is a balancer for machines without nginx: people are signalled to each
// node in turn, what goes without an upgrade to the first.
func inTurn(nodes ...*counted) http.Handler {
	var next atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			nodes[0].ServeHTTP(w, r)
			return
		}
		nodes[int(next.Add(1)-1)%len(nodes)].ServeHTTP(w, r)
	})
}

// nginx starts the guide's balancer in front of two ports, in a folder of its own.
func nginx(t *testing.T, program, folder, port string, nodes ...string) {
	t.Helper()
	b, err := os.ReadFile(clusterFile("nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("7810", nodes[0], "7820", nodes[1], "7800", port).Replace(string(b))
	var temporary strings.Builder // where the package has them only root may write
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temporary, "\n    %s_temp_path %s;", kind, kind)
	}
	path := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(path, []byte(strings.Replace(text, "http {", "http {"+temporary.String(), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", folder, "-c", path, "-e", "stderr", "-g", "daemon off; pid nginx.pid;")
	background(t, cmd, func() error { return cmd.Process.Signal(syscall.SIGTERM) })
	awaitAnswer(t, "nginx", func(ctx context.Context) error { return connects(ctx, port) })
}

// connects says whether something listens on a port of loopback.
func connects(ctx context.Context, port string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	return c.Close()
}

func clusterFile(name string) string {
	return filepath.Join("..", "..", "docs", "hosting", "cluster", name)
}

// nodeOf is the node that Redis has a room on.
func nodeOf(t *testing.T, redis, room string) string {
	t.Helper()
	out, err := exec.CommandContext(within(t, 10*time.Second), "redis-cli", "-p", redis, "HGET", "room_node_map", room).Output()
	if err != nil || len(out) < 2 {
		t.Fatalf("ask Redis for the node of room %s: %q, %v", room, out, err)
	}
	return strings.TrimSpace(string(out))
}

// The files of the hosting guide make a cluster: one Redis, two LiveKit nodes,
// a balancer, Foyer in front. Two people signalled to different nodes meet in
// one room, while others meet in a room on the other node. Only the ports are
// others, and the balancer where there is no nginx.
func TestHostingGuidesCluster(t *testing.T) {
	needTool(t, "redis-server")
	needTool(t, "redis-cli")
	folder := t.TempDir()
	ports := map[string]string{}
	for _, p := range []struct{ inFile, network string }{{"6379", "tcp"}, {"7810", "tcp"}, {"7820", "tcp"}, {"7812", "udp"}, {"7822", "udp"}} {
		ports[p.inFile] = unusedPort(t, p.network)
	}
	first, wayToFirst := countTo(t, ports["7810"])
	second, wayToSecond := countTo(t, ports["7820"])
	if program, err := exec.LookPath("nginx"); err == nil {
		ports["7800"] = unusedPort(t, "tcp")
		nginx(t, program, t.TempDir(), ports["7800"], wayToFirst, wayToSecond)
	} else {
		t.Logf("no nginx here: the guide's nginx.conf is not tried, a balancer of the test's own stands there")
		ports["7800"] = listen(t, inTurn(first, second))
	}
	ports["7443"] = unusedPort(t, "tcp")
	var replace []string
	for from, to := range ports {
		replace = append(replace, from, to)
	}
	substitute := strings.NewReplacer(replace...)
	for _, name := range []string{"redis.conf", "livekit-1.yaml", "livekit-2.yaml", "foyer.yaml"} {
		b, err := os.ReadFile(clusterFile(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(substitute.Replace(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	redis := exec.Command("redis-server", filepath.Join(folder, "redis.conf"))
	redis.Dir = folder
	background(t, redis, func() error { return redis.Process.Signal(syscall.SIGTERM) })
	awaitAnswer(t, "Redis", func(ctx context.Context) error { return connects(ctx, ports["6379"]) })
	for n, port := range []string{ports["7810"], ports["7820"]} {
		startLiveKit(t, fmt.Sprintf("LiveKit node %d", n+1), filepath.Join(folder, fmt.Sprintf("livekit-%d.yaml", n+1)), port)
	}

	h := serveIn(t, t.TempDir(), "--config", filepath.Join(folder, "foyer.yaml"), "--listen", "127.0.0.1:"+ports["7443"])
	tone := t.TempDir() + "/tone.wav"
	if err := sound.Sine(440, 0.3, 30*time.Second).Write(tone); err != nil {
		t.Fatal(err)
	}
	ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--microphone", tone)
	bob := join(t, h.link(t, "guest"), "Bob", "--camera", "test", "--speaker", t.TempDir()+"/heard.wav")
	if one, two := first.connections.Load(), second.connections.Load(); one == 0 || two == 0 {
		t.Fatalf("signalling connections by node: %d and %d; both must have some", one, two)
	}
	for _, c := range [][2]*person{{ann, bob}, {bob, ann}} {
		c[0].checkColours(c[0].awaitCard(0, c[1].identity, call.Camera, 10))
	}
	bob.awaitTone(0, 440)
	ann.chat("which node are you on?")
	bob.awaitChat(ann.identity, "which node are you on?")

	// LiveKit takes nodes at random: sixteen rooms on one would be a chance in 65,536.
	session, here := h.signIn(t), nodeOf(t, ports["6379"], h.room)
	for n := 1; ; n++ {
		room := session.makeRoom(t, fmt.Sprintf("Room %d", n))
		cy := join(t, room.link(t, "host"), "Cy", "--camera", "test")
		there := nodeOf(t, ports["6379"], room.room)
		if there == here && n < 16 {
			cy.leave()
			continue
		}
		if there == here {
			t.Fatalf("%d rooms are all on node %s", n+1, here)
		}
		t.Logf("room %d of %d is on the other node", n+1, n+1)
		dee := join(t, room.link(t, "guest"), "Dee")
		dee.checkColours(dee.awaitCard(0, cy.identity, call.Camera, 10))
		cy.chat("and you?")
		dee.awaitChat(cy.identity, "and you?")
		dee.leave()
		cy.leave()
		break
	}
	ann.chat("still here?")
	bob.awaitChat(ann.identity, "still here?")
	bob.leave()
	ann.leave()
}

// unusedPort is a port on loopback that nobody holds now.
func unusedPort(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, port, _ := net.SplitHostPort(c.LocalAddr().String())
		return port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// startLiveKit starts a bare LiveKit server by a configuration, which names the port,
// and waits until it answers. It ends with the test.
func startLiveKit(t *testing.T, name, configuration, port string) {
	t.Helper()
	node := exec.Command(os.Args[0])
	node.Env = append(quietEnv(t), livekitEnv+"="+configuration)
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	background(t, node, in.Close)
	awaitAnswer(t, name, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/", nil)
		if err != nil {
			return err
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if a.StatusCode != http.StatusOK {
			return errors.New(a.Status)
		}
		return nil
	})
}
