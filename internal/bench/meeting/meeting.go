//go:build unix

package meeting

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"foyer/app/invite"
	"foyer/internal/e2e/program"
)

// Meeting is a running `foyer serve` with one room.
type Meeting struct {
	*program.Program
	Link   invite.Link // a guest's
	folder string
	joined int
}

// Quiet is an environment with no display, no sound server and no settings of
// the person who runs the benchmark.
func Quiet(home string) []string {
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_RUNTIME_DIR=" + home,
		"XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_DATA_HOME=" + filepath.Join(home, "data"),
		"LANG=C.UTF-8", "PULSE_SERVER=unix:" + filepath.Join(home, "no-sound-server"), "DBUS_SESSION_BUS_ADDRESS=disabled:"}
	for _, name := range []string{"PATH", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Open starts the server on loopback, with its data in a folder.
func Open(ctx context.Context, folder string) (*Meeting, error) {
	return OpenAt(ctx, folder, nil, "127.0.0.1")
}

// OpenAt starts the server within a network namespace (program.Options), at an
// address there.
func OpenAt(ctx context.Context, folder string, within []string, address string) (*Meeting, error) {
	m := &Meeting{folder: folder}
	var err error
	m.Program, err = program.Start(program.Options{Within: within, Env: Quiet(folder), Dir: folder, Args: []string{
		"serve", "--listen", address + ":0", "--udp-port", "0", "--tcp-port", "0", "--data", filepath.Join(folder, "data"), "--room", "bench", "--json",
	}})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	line, _, err := m.Lines.Wait(ctx, 0, func(l program.Line) bool { return l.Type == "ready" })
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("start the server: %w\n%s", err, m.Stderr())
	}
	var ready struct {
		Links map[string]string `json:"links"`
	}
	if err := line.Decode(&ready); err != nil {
		m.Close()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	target, err := invite.Parse(ready.Links["guest"])
	if err != nil || target.Link == nil {
		m.Close()
		return nil, fmt.Errorf("read the server's link %q: %w", ready.Links["guest"], err)
	}
	m.Link = *target.Link
	return m, nil
}

// Pass is what somebody needs to join.
func (m *Meeting) Pass(ctx context.Context, name string) (invite.JoinResponse, error) {
	m.joined++
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return m.Link.Redeem(ctx, name, fmt.Sprintf("bench-client-%d", m.joined))
}

// Join starts `foyer join --headless` with more arguments, and waits until it is in
// the meeting; identity is who it is there.
func Join(ctx context.Context, o program.Options) (p *program.Program, identity string, err error) {
	o.Args = append([]string{"join", "--headless"}, o.Args...)
	if p, err = program.Start(o); err != nil {
		return nil, "", err
	}
	line, _, err := p.Lines.Wait(ctx, 0, func(l program.Line) bool { return l.Type == "joined" })
	var joined struct{ Identity string }
	if err == nil {
		err = line.Decode(&joined)
	}
	if err != nil {
		Stop(p)
		return nil, "", fmt.Errorf("join: %w\n%s", err, p.Stderr())
	}
	return p, joined.Identity, nil
}

// Close ends the server.
func (m *Meeting) Close() { Stop(m.Program) }

// Stop ends a Foyer, by force where it does not listen.
func Stop(p *program.Program) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = p.Stop(ctx)
}
