//go:build unix

package sound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Kind is which sound server runs.
type Kind string

const (
	PipeWire   Kind = "PipeWire" // with its PulseAudio protocol
	PulseAudio Kind = "PulseAudio"
)

// Missing names a program that is not installed, or is "" when a server can start.
func Missing(k Kind) string {
	need := []string{"pactl", "paplay", "parec"}
	if k == PipeWire {
		need = append(need, "dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pw-record", "pw-link")
	} else {
		need = append(need, "pulseaudio")
	}
	for _, name := range need {
		if _, err := exec.LookPath(name); err != nil {
			return name
		}
	}
	return ""
}

// Person is what one person listens and speaks by: a sink "speakers" and a source
// "microphone", which sounds of what is played to the sink "feed".
const (
	Speakers   = "speakers"
	Feed       = "feed"
	Microphone = "microphone"
)

// Server is a running sound server. Its methods belong to one goroutine.
type Server struct {
	Kind Kind
	// Env is the environment in which programs use this server.
	Env []string

	folder string
	bus    *exec.Cmd
	parts  []*exec.Cmd
	others []*exec.Cmd // players and such
}

// Start runs a server with the default devices Speakers, Feed and Microphone. env
// is the environment that programs get beside what leads them to the server.
func Start(ctx context.Context, k Kind, env []string) (*Server, error) {
	folder, err := os.MkdirTemp("", "foyer-sound-") // short: sockets' paths are limited
	if err != nil {
		return nil, fmt.Errorf("make the sound server's folder: %w", err)
	}
	s := &Server{Kind: k, folder: folder}
	s.Env = append(slices.Clone(env), "XDG_RUNTIME_DIR="+folder, "PULSE_SERVER=unix:"+s.socket())
	if k == PipeWire {
		s.Env = append(s.Env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+folder+"/bus")
		if s.bus, err = s.start("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+folder+"/bus"); err == nil {
			err = until(ctx, "the session bus", exists(folder+"/bus"))
		}
		if err != nil {
			s.Close()
			return nil, err
		}
	}
	if err := s.Run(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) socket() string {
	if s.Kind == PulseAudio {
		return s.folder + "/native"
	}
	return s.folder + "/pulse/native"
}

// Run starts the server again after Stop, with its default devices.
func (s *Server) Run(ctx context.Context) error {
	run := func(name string, args ...string) error {
		c, err := s.start(name, args...)
		if err == nil {
			s.parts = append(s.parts, c)
		}
		return err
	}
	if s.Kind == PulseAudio {
		if err := run("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
			"-L", "module-native-protocol-unix auth-anonymous=1 socket="+s.socket()); err != nil {
			return err
		}
	} else {
		if err := run("pipewire"); err != nil {
			return err
		}
		if err := until(ctx, "pipewire", exists(s.folder+"/pipewire-0")); err != nil {
			return err
		}
		if err := errors.Join(run("wireplumber"), run("pipewire-pulse")); err != nil {
			return err
		}
	}
	if err := until(ctx, "the sound server", func() error { return s.pactl(ctx, "info") }); err != nil {
		return err
	}
	for _, add := range []error{s.AddSink(ctx, Speakers), s.AddSink(ctx, Feed), s.AddSource(ctx, Microphone, Feed)} {
		if add != nil {
			return add
		}
	}
	return s.SetDefaults(ctx, Speakers, Microphone)
}

// SetDefaults chooses the sink and the source of who asks for none by name.
func (s *Server) SetDefaults(ctx context.Context, sink, source string) error {
	for _, args := range [][]string{{"set-default-sink", sink}, {"set-default-source", source}} {
		if err := until(ctx, strings.Join(args, " "), func() error { return s.pactl(ctx, args...) }); err != nil {
			return err
		}
	}
	return nil
}

// AddSink makes one more null sink.
func (s *Server) AddSink(ctx context.Context, name string) error {
	// PulseAudio's would keep a second of sound without a format of its own.
	args := []string{"load-module", "module-null-sink", "sink_name=" + name, "rate=48000", "channels=2", "format=float32le"}
	if s.Kind == PipeWire {
		args = []string{"load-module", "module-null-sink", "media.class=Audio/Sink", "sink_name=" + name}
	}
	return until(ctx, "sink "+name, func() error { return s.pactl(ctx, args...) })
}

// AddSource makes one more source, which sounds of what is played to the sink.
func (s *Server) AddSource(ctx context.Context, name, sink string) error {
	return until(ctx, "source "+name, func() error {
		return s.pactl(ctx, "load-module", "module-remap-source", "master="+sink+".monitor", "source_name="+name)
	})
}

// Remove takes the module away that made the sink or source.
func (s *Server) Remove(ctx context.Context, name string) error {
	out, err := s.command(ctx, "pactl", "list", "short", "modules").Output()
	if err != nil {
		return fmt.Errorf("list the sound server's modules: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) > 2 && (slices.Contains(f, "sink_name="+name) || slices.Contains(f, "source_name="+name)) {
			return s.pactl(ctx, "unload-module", f[0])
		}
	}
	return fmt.Errorf("no module made %s", name)
}

// Stop ends the server at once, as a crash would.
func (s *Server) Stop() {
	for _, c := range s.parts {
		end(c)
	}
	s.parts = nil
	for _, name := range []string{"/pipewire-0", "/pipewire-0-manager", "/pulse/native", "/pulse/pid", "/native"} {
		_ = os.Remove(s.folder + name)
	}
}

// Close ends the server and what was started beside it. Idempotent.
func (s *Server) Close() {
	for _, c := range s.others {
		end(c)
	}
	s.others = nil
	s.Stop()
	end(s.bus)
	s.bus = nil
	_ = os.RemoveAll(s.folder)
}

func (s *Server) start(name string, args ...string) (*exec.Cmd, error) {
	c := exec.Command(name, args...)
	c.Env = s.Env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

func end(c *exec.Cmd) {
	if c != nil && c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
	}
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = s.Env
	return c
}

func (s *Server) pactl(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if out, err := s.command(ctx, "pactl", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("pactl %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

func exists(path string) func() error {
	return func() error {
		_, err := os.Stat(path)
		return err
	}
}

// until tries again until it works; the sound server tells nobody when it is up.
func until(ctx context.Context, what string, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return fmt.Errorf("start %s: %w", what, err)
		}
	}
}

// PlayWhole plays a WAV file to a sink to its end.
func (s *Server) PlayWhole(ctx context.Context, sink, path string) error {
	if out, err := s.command(ctx, "paplay", "--device="+sink, path).CombinedOutput(); err != nil {
		return fmt.Errorf("play %s: %w: %s", path, err, bytes.TrimSpace(out))
	}
	return nil
}

// Play plays a WAV file to a sink until it is over or stopped, or the server closes.
func (s *Server) Play(sink, path string) (stop func(), err error) {
	c, err := s.start("paplay", "--device="+sink, path)
	if err != nil {
		return nil, err
	}
	s.others = append(s.others, c)
	return sync.OnceFunc(func() {
		s.others = slices.DeleteFunc(s.others, func(o *exec.Cmd) bool { return o == c })
		end(c)
	}), nil
}
