//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// soundServer is PipeWire with a folder of its own: a sink "speakers", and a
// source "microphone" that sounds of what is played to the sink "feed".
type soundServer struct {
	t      *testing.T
	folder string
	env    []string
	bus    *exec.Cmd
	parts  []*exec.Cmd
}

func startSound(t *testing.T) *soundServer {
	t.Helper()
	needTool(t, "dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "paplay", "parec")
	folder, err := os.MkdirTemp("", "foyer-sound-") // short: sockets' paths are limited
	if err != nil {
		t.Fatal(err)
	}
	s := &soundServer{t: t, folder: folder}
	s.env = append(quietEnv(t), "XDG_RUNTIME_DIR="+folder, "PULSE_SERVER=unix:"+folder+"/pulse/native",
		"DBUS_SESSION_BUS_ADDRESS=unix:path="+folder+"/bus")
	t.Cleanup(func() {
		s.stop()
		end(s.bus)
		_ = os.RemoveAll(folder)
	})
	s.bus = s.start("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+folder+"/bus")
	s.until("the session bus", func() error {
		_, err := os.Stat(folder + "/bus")
		return err
	})
	s.run()
	return s
}

// run starts the sound server, which stop ends.
func (s *soundServer) run() {
	s.t.Helper()
	s.parts = []*exec.Cmd{s.start("pipewire")}
	s.until("pipewire", func() error {
		_, err := os.Stat(s.folder + "/pipewire-0")
		return err
	})
	s.parts = append(s.parts, s.start("wireplumber"), s.start("pipewire-pulse"))
	s.until("pipewire-pulse", func() error { return s.pactl("info") })
	for _, args := range [][]string{
		{"load-module", "module-null-sink", "media.class=Audio/Sink", "sink_name=speakers"},
		{"load-module", "module-null-sink", "media.class=Audio/Sink", "sink_name=feed"},
		{"load-module", "module-remap-source", "master=feed.monitor", "source_name=microphone"},
		{"set-default-sink", "speakers"},
		{"set-default-source", "microphone"},
	} {
		s.until(strings.Join(args, " "), func() error { return s.pactl(args...) })
	}
}

// stop ends the sound server at once, as a crash would.
func (s *soundServer) stop() {
	for _, c := range s.parts {
		end(c)
	}
	s.parts = nil
	for _, name := range []string{"/pipewire-0", "/pipewire-0-manager", "/pulse/native", "/pulse/pid"} {
		_ = os.Remove(s.folder + name)
	}
}

func (s *soundServer) start(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	c := exec.Command(name, args...)
	c.Env = s.env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		s.t.Fatalf("start %s: %v", name, err)
	}
	return c
}

func end(c *exec.Cmd) {
	if c != nil && c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
	}
}

func (s *soundServer) pactl(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "pactl", args...)
	c.Env = s.env
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pactl %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// until tries again until it works; the sound server tells nobody when it is up.
func (s *soundServer) until(what string, try func() error) {
	s.t.Helper()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	ctx := within(s.t, 15*time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			s.t.Fatalf("start %s: %v", what, err)
		}
	}
}

// feed plays a file to the microphone until the test, or the function returned, ends it.
func (s *soundServer) feed(path string) (stop func()) {
	c := s.start("paplay", "--device=feed", path)
	var once sync.Once
	stop = func() { once.Do(func() { end(c) }) }
	s.t.Cleanup(stop)
	return stop
}

// recording is what comes out of the speakers, as it comes.
type recording struct {
	t    *testing.T
	cmd  *exec.Cmd
	mu   sync.Mutex
	wave wave
	more chan struct{} // capacity 1
	done chan struct{}
	once sync.Once
}

func (s *soundServer) record() *recording {
	s.t.Helper()
	c := exec.Command("parec", "--device=speakers.monitor", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20")
	c.Env = s.env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	r := &recording{t: s.t, cmd: c, wave: wave{rate: 48000}, more: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		in, block := bufio.NewReaderSize(out, 1<<16), make([]byte, 960)
		for {
			n, err := in.Read(block)
			r.mu.Lock()
			for i := 0; i+1 < n; i += 2 {
				r.wave.samples = append(r.wave.samples, float64(int16(binary.LittleEndian.Uint16(block[i:])))/32768)
			}
			r.mu.Unlock()
			select {
			case r.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	s.t.Cleanup(r.stop)
	return r
}

func (r *recording) stop() {
	r.once.Do(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-r.done
		_ = r.cmd.Wait()
	})
}

// heard returns what was recorded from a sample on.
func (r *recording) heard(from int) wave {
	r.mu.Lock()
	defer r.mu.Unlock()
	return wave{r.wave.rate, append([]float64(nil), r.wave.samples[min(from, len(r.wave.samples)):]...)}
}

var errSilent = errors.New("it is not heard")

// until waits until ok accepts what was recorded from a sample on.
func (r *recording) until(from int, d time.Duration, ok func(wave) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	// Each look goes through all of it: often enough is every tenth of a second.
	for next := 0; ; {
		w := r.heard(from)
		if len(w.samples) >= next {
			if ok(w) {
				return nil
			}
			next = len(w.samples) + w.rate/10
		}
		select {
		case <-r.more:
		case <-r.done:
			return fmt.Errorf("the recorder has ended: %w", errSilent)
		case <-ctx.Done():
			return fmt.Errorf("after %v of sound: %w", time.Duration(len(w.samples))*time.Second/48000, errSilent)
		}
	}
}

// A sentence spoken into one person's microphone comes out of the other's
// speaker; so does a tone; and a sound server that dies in the call and comes
// back takes neither of them down.
func TestSpokenSentenceIsHeard(t *testing.T) {
	needTool(t, "espeak-ng")
	s := startSound(t)
	spoken := filepath.Join(t.TempDir(), "spoken.wav")
	const sentence = "The foyer is open. Please come in, take a seat, and tell us what you have seen on the way."
	if out, err := exec.Command("espeak-ng", "-s", "150", "-w", spoken, sentence).CombinedOutput(); err != nil {
		t.Fatalf("espeak-ng: %v: %s", err, out)
	}
	said, err := readWave(spoken)
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t)
	// Ann speaks into the microphone and hears nothing, so that nothing goes round.
	ann := joinWith(t, s.env, h.link(t, "host"), "Ann", "--camera", "none", "--microphone", "", "--speaker", "none")
	bob := joinWith(t, s.env, h.link(t, "guest"), "Bob", "--camera", "none", "--microphone", "none", "--speaker", "")
	r := s.record()
	tone := filepath.Join(t.TempDir(), "tone.wav")
	if err := sine(660, 0.3, 60*time.Second).write(tone); err != nil {
		t.Fatal(err)
	}

	// A tone first: devices take a moment to run.
	stop := s.feed(tone)
	if err := r.until(0, 25*time.Second, func(w wave) bool { return w.tone(660) >= time.Second }); err != nil {
		t.Fatalf("the tone: %v", err)
	}
	stop()
	from := len(r.heard(0).samples)
	length := time.Duration(len(said.samples)) * time.Second / time.Duration(said.rate)
	s.feed(spoken)
	best := 0.0
	err = r.until(from, length+15*time.Second, func(w wave) bool {
		if time.Duration(len(w.samples))*time.Second/48000 < length {
			return false
		}
		best, _ = w.find(said)
		return best > 0.75
	})
	if err != nil {
		t.Fatalf("the sentence: %v; the likest stretch is like it by %.2f", err, best)
	}
	fmt.Printf("figure: sentence-likeness %.2f (target 0.75 or more)\n", best)

	// The sound server dies. The call goes on, and the sound comes back with it.
	r.stop()
	s.stop()
	mark := bob.Lines.Len()
	ann.chat("do you still hear me?")
	bob.awaitChat(ann.identity, "do you still hear me?")
	if _, _, err := bob.Lines.Wait(within(t, 10*time.Second), mark, isStats); err != nil {
		t.Fatalf("Bob falls silent with the sound server: %v", err)
	}
	s.run()
	r = s.record()
	s.feed(tone)
	if err := r.until(0, 25*time.Second, func(w wave) bool { return w.tone(660) >= time.Second }); err != nil {
		t.Fatalf("the tone, after the sound server came back: %v", err)
	}
	for _, p := range []*person{ann, bob} {
		for _, l := range p.Lines.Since(0) {
			if l.Type == "left" {
				t.Errorf("%s left the meeting when the sound server died", p.name)
			}
		}
		p.leave()
	}
}
