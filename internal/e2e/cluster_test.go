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
	"sync"
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

// balancer passes requests on to each node in turn, as the guide's load
// balancer does, and counts the signalling connections of each.
type balancer struct {
	nodes     []*httputil.ReverseProxy
	next      atomic.Int64
	mu        sync.Mutex
	signalled []int
}

func newBalancer(urls ...string) *balancer {
	b := &balancer{signalled: make([]int, len(urls))}
	for _, u := range urls {
		target, _ := url.Parse(u)
		b.nodes = append(b.nodes, httputil.NewSingleHostReverseProxy(target))
	}
	return b
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" { // the room service answers on any node
		b.nodes[0].ServeHTTP(w, r)
		return
	}
	n := int(b.next.Add(1)-1) % len(b.nodes)
	b.mu.Lock()
	b.signalled[n]++
	b.mu.Unlock()
	b.nodes[n].ServeHTTP(w, r)
}

func (b *balancer) counts() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]int(nil), b.signalled...)
}

// The files of the hosting guide make a cluster: one Redis, two LiveKit nodes,
// a balancer, Foyer in front. Two people signalled to different nodes meet in
// one room. Only the ports are others.
func TestHostingGuidesCluster(t *testing.T) {
	needTool(t, "redis-server")
	folder := t.TempDir()
	ports := map[string]string{}
	for _, p := range []struct{ inFile, network string }{{"6379", "tcp"}, {"7810", "tcp"}, {"7820", "tcp"}, {"7812", "udp"}, {"7822", "udp"}} {
		ports[p.inFile] = unusedPort(t, p.network)
	}
	balance := newBalancer("http://127.0.0.1:"+ports["7810"], "http://127.0.0.1:"+ports["7820"])
	front := httptest.NewServer(balance)
	t.Cleanup(front.Close)
	_, ports["7800"], _ = net.SplitHostPort(front.Listener.Addr().String())
	ports["7443"] = unusedPort(t, "tcp")
	var replace []string
	for from, to := range ports {
		replace = append(replace, from, to)
	}
	substitute := strings.NewReplacer(replace...)
	for _, name := range []string{"redis.conf", "livekit-1.yaml", "livekit-2.yaml", "foyer.yaml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "docs", "hosting", "cluster", name))
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
	awaitAnswer(t, "Redis", func(ctx context.Context) error {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+ports["6379"])
		if err != nil {
			return err
		}
		return c.Close()
	})
	for n, port := range []string{ports["7810"], ports["7820"]} {
		node := exec.Command(os.Args[0])
		node.Env = append(quietEnv(t), livekitEnv+"="+filepath.Join(folder, fmt.Sprintf("livekit-%d.yaml", n+1)))
		in, err := node.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		background(t, node, in.Close)
		awaitAnswer(t, fmt.Sprintf("LiveKit node %d", n+1), func(ctx context.Context) error {
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

	h := serveIn(t, t.TempDir(), "--config", filepath.Join(folder, "foyer.yaml"), "--listen", "127.0.0.1:"+ports["7443"])
	tone := t.TempDir() + "/tone.wav"
	if err := sound.Sine(440, 0.3, 30*time.Second).Write(tone); err != nil {
		t.Fatal(err)
	}
	ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--microphone", tone)
	bob := join(t, h.link(t, "guest"), "Bob", "--camera", "test", "--speaker", t.TempDir()+"/heard.wav")
	if n := balance.counts(); n[0] == 0 || n[1] == 0 {
		t.Fatalf("signalling connections by node: %v; both must have some", n)
	}
	for _, c := range [][2]*person{{ann, bob}, {bob, ann}} {
		c[0].checkColours(c[0].awaitCard(0, c[1].identity, call.Camera, 10))
	}
	bob.awaitTone(0, 440)
	ann.chat("which node are you on?")
	bob.awaitChat(ann.identity, "which node are you on?")
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
