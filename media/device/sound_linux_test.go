package device

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gen2brain/malgo"

	"foyer/media/audio"
)

// patience is how long a test waits for what should take a second.
const patience = 20 * time.Second

// soundServer is a sound server of the test's own, with the null sinks "first" and
// "second", the former the default one, and "feed1", "feed2", of which the
// microphones "mic1", the default one, and "mic2" sound: 500 Hz and 900 Hz.
type soundServer struct {
	t      *testing.T
	pulse  bool // PulseAudio, else PipeWire
	folder string
	parts  []*exec.Cmd
	feeds  []*exec.Cmd
	module map[string]string // numbers of what was loaded, by name
	tones  [2]string
}

// onSoundServers runs a test on each kind of server that there is.
func onSoundServers(t *testing.T, test func(*testing.T, *soundServer)) {
	for _, k := range []struct {
		name  string
		tools []string
	}{
		{"PipeWire", []string{"dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "parec", "paplay"}},
		{"PulseAudio", []string{"pulseaudio", "pactl", "parec", "paplay"}},
	} {
		t.Run(k.name, func(t *testing.T) {
			for _, tool := range k.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("skipped: %s is not installed", tool)
				}
			}
			folder, err := os.MkdirTemp("", "foyer-sound-") // short: sockets' paths are limited
			if err != nil {
				t.Fatal(err)
			}
			s := &soundServer{t: t, pulse: k.name == "PulseAudio", folder: folder, module: map[string]string{}}
			t.Cleanup(func() {
				s.kill()
				_ = os.RemoveAll(folder)
			})
			for name, v := range map[string]string{
				"HOME": folder, "XDG_RUNTIME_DIR": folder, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder, "PULSE_SERVER": "unix:" + folder + "/pulse/native",
				"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + folder + "/bus",
			} {
				t.Setenv(name, v)
			}
			for i, hz := range []float64{500, 900} {
				s.tones[i] = filepath.Join(folder, fmt.Sprint(hz, ".wav"))
				writeTone(t, s.tones[i], hz)
			}
			s.boot()
			test(t, s)
		})
	}
}

func writeTone(t *testing.T, path string, hz float64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := audio.NewWAVWriter(f, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 120*SampleRate)
	audio.NewTone(hz, 0.3).Fill(x)
	if err := w.Write(x); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s *soundServer) start(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	c := exec.Command(name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		s.t.Fatalf("start %s: %v", name, err)
	}
	return c
}

func (s *soundServer) boot() {
	s.t.Helper()
	_ = os.MkdirAll(s.folder+"/pulse", 0o700)
	if s.pulse {
		s.parts = append(s.parts, s.start("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
			"-L", "module-native-protocol-unix auth-anonymous=1 socket="+s.folder+"/pulse/native"))
	} else {
		s.parts = append(s.parts, s.start("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+s.folder+"/bus"))
		s.until("the session bus", func() error { _, err := os.Stat(s.folder + "/bus"); return err })
		s.parts = append(s.parts, s.start("pipewire"))
		s.until("pipewire", func() error { _, err := os.Stat(s.folder + "/pipewire-0"); return err })
		s.parts = append(s.parts, s.start("wireplumber"), s.start("pipewire-pulse"))
	}
	s.until("the server", func() error { _, err := s.pactl("info"); return err })
	for _, name := range []string{"first", "second"} {
		s.plugSpeaker(name)
	}
	for i, name := range []string{"mic1", "mic2"} {
		s.plugMicrophone(name, i)
	}
	s.must("set-default-sink", "first")
	s.must("set-default-source", "mic1")
}

// kill ends the server at once, as a crash would.
func (s *soundServer) kill() {
	for _, c := range append(s.feeds, s.parts...) {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
	}
	s.parts, s.feeds = nil, nil
	for _, name := range []string{"/pipewire-0", "/pipewire-0-manager", "/pulse/native", "/pulse/pid", "/bus"} {
		_ = os.Remove(s.folder + name)
	}
}

func (s *soundServer) pactl(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "pactl", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("pactl %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *soundServer) must(args ...string) (out string) {
	s.t.Helper()
	s.until(strings.Join(args, " "), func() (err error) { out, err = s.pactl(args...); return err })
	return out
}

// until tries again until it works; a sound server tells nobody when it is up.
func (s *soundServer) until(what string, try func() error) {
	s.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("waited in vain for %s: %v", what, err)
		}
	}
}

func (s *soundServer) plugSpeaker(name string) {
	s.t.Helper()
	args := []string{"load-module", "module-null-sink", "sink_name=" + name, "rate=48000", "channels=2", "format=float32le"}
	if !s.pulse {
		args = []string{"load-module", "module-null-sink", "media.class=Audio/Sink", "sink_name=" + name}
	}
	s.module[name] = s.must(args...)
}

func (s *soundServer) plugMicrophone(name string, tone int) {
	s.t.Helper()
	feed := fmt.Sprint("feed", tone+1)
	if _, ok := s.module[feed]; !ok || s.feeds == nil || len(s.feeds) <= tone {
		s.plugSpeaker(feed)
		s.feeds = append(s.feeds, s.start("paplay", "--device="+feed, s.tones[tone]))
	}
	s.module[name] = s.must("load-module", "module-remap-source", "master="+feed+".monitor", "source_name="+name)
}

func (s *soundServer) unplug(name string) {
	s.t.Helper()
	s.must("unload-module", s.module[name])
}

// id is a device's ID in Foyer.
func (s *soundServer) id(name string) string {
	s.t.Helper()
	want := soundID(named(name))
	s.until(name, func() error {
		l := Devices()
		for _, d := range append(l.Speakers, l.Microphones...) {
			if d.ID == want {
				return nil
			}
		}
		return fmt.Errorf("there is %+v", l)
	})
	return want
}

func named(name string) (id malgo.DeviceID) {
	copy(id[:], name)
	return id
}

// heardOn waits until a tone is played on a speaker, and returns how long that took.
func (s *soundServer) heardOn(name string, hz float64) time.Duration {
	s.t.Helper()
	began := time.Now()
	c := exec.Command("parec", "--device="+name+".monitor", "--rate=48000", "--channels=1", "--format=float32le", "--latency-msec=20")
	out, err := c.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	found := make(chan bool, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		in := bufio.NewReader(out)
		var block [SampleRate / 50]float32
		for run := 0; ; {
			if binary.Read(in, binary.LittleEndian, &block) != nil {
				return
			}
			if audio.ToneLevel(block[:], hz) > 0.05 {
				run++
			} else {
				run = 0
			}
			if run == 5 {
				found <- true
				return
			}
		}
	})
	defer func() {
		_ = c.Process.Kill()
		reading.Wait()
		_ = c.Wait()
	}()
	select {
	case <-found:
		return time.Since(began)
	case <-time.After(patience):
		out, _ := s.pactl("list", "sink-inputs")
		s.t.Fatalf("%v Hz is not heard on %s; %s", hz, name, out)
		return 0
	}
}

// playTone opens a speaker and plays a tone on it.
func playTone(t *testing.T, id string) {
	t.Helper()
	p, err := OpenSpeaker(id)
	if err != nil {
		t.Fatal(err)
	}
	tone := audio.NewTone(700, 0.3)
	var mono [BlockSamples]float32
	if err := p.Start(func(block []float32) {
		tone.Fill(mono[:])
		for i, x := range mono {
			block[2*i], block[2*i+1] = x, x
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
}

// ear hears which tone a microphone gives.
type ear struct {
	t  *testing.T
	is chan float64 // capacity 1: the tone heard for 50 ms; 0 is none
}

func listenTo(t *testing.T, id string) *ear {
	t.Helper()
	c, err := OpenMicrophone(id)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{t, make(chan float64, 1)}
	last, run, at := 0.0, 0, time.Now()
	if err := c.Start(func(block []float32) {
		now := 0.0
		for _, hz := range []float64{500, 900} {
			if audio.ToneLevel(block, hz) > 0.05 {
				now = hz
			}
		}
		// A pause without blocks is a new beginning.
		if pause := time.Since(at); now != last || pause > stallAfter/2 {
			last, run = now, 0
		}
		at = time.Now()
		if run++; run == 5 {
			select {
			case <-e.is:
			default:
			}
			e.is <- now
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return e
}

func (e *ear) hears(hz float64) time.Duration {
	e.t.Helper()
	began := time.Now()
	late := time.After(patience)
	for {
		select {
		case is := <-e.is:
			if is == hz {
				return time.Since(began)
			}
		case <-late:
			e.t.Fatalf("%v Hz is not heard", hz)
		}
	}
}

func took(t *testing.T, what string, d time.Duration) {
	t.Helper()
	t.Logf("%s: after %d ms", what, d.Milliseconds())
}

func TestDefaultDevicesAreFollowed(t *testing.T) {
	onSoundServers(t, func(t *testing.T, s *soundServer) {
		playTone(t, Default)
		s.heardOn("first", 700)
		s.must("set-default-sink", "second")
		took(t, "the other default speaker", s.heardOn("second", 700))
		s.must("set-default-sink", "first")
		took(t, "back", s.heardOn("first", 700))

		e := listenTo(t, Default)
		e.hears(500)
		s.must("set-default-source", "mic2")
		took(t, "the other default microphone", e.hears(900))
		s.must("set-default-source", "mic1")
		took(t, "back", e.hears(500))
	})
}

func TestVanishedSpeakerIsReplacedAndComesBack(t *testing.T) {
	onSoundServers(t, func(t *testing.T, s *soundServer) {
		playTone(t, s.id("second"))
		s.heardOn("second", 700)
		s.unplug("second")
		took(t, "the default speaker in its place", s.heardOn("first", 700))
		s.plugSpeaker("second")
		took(t, "back", s.heardOn("second", 700))
	})
}

func TestVanishedMicrophoneIsReplacedAndComesBack(t *testing.T) {
	onSoundServers(t, func(t *testing.T, s *soundServer) {
		e := listenTo(t, s.id("mic2"))
		e.hears(900)
		s.unplug("mic2")
		took(t, "the default microphone in its place", e.hears(500))
		s.plugMicrophone("mic2", 1)
		took(t, "back", e.hears(900))
	})
}

func TestSoundServerRestarts(t *testing.T) {
	onSoundServers(t, func(t *testing.T, s *soundServer) {
		playTone(t, s.id("second"))
		e := listenTo(t, s.id("mic2"))
		s.heardOn("second", 700)
		e.hears(900)
		s.kill()
		s.boot()
		took(t, "the chosen speaker", s.heardOn("second", 700))
		took(t, "the chosen microphone", e.hears(900))
	})
}

func TestBluetoothProfilesAreOneDevice(t *testing.T) {
	id := func(name string) string {
		n := named(name)
		return strings.TrimRight(hex.EncodeToString(n[:]), "0")
	}
	const a2dp, hfp, other = "bluez_sink.AC_BF_71_00_1D_20.a2dp_sink", "bluez_sink.AC_BF_71_00_1D_20.handsfree_head_unit", "bluez_sink.AC_BF_71_00_1D_21.a2dp_sink"
	list := []string{id("alsa_output.pci"), id(other), id(hfp)}
	for _, c := range []struct{ want, found string }{
		{a2dp, hfp}, {hfp, hfp}, {other, other},
		{"bluez_output.AC_BF_71_00_1D_20.1", ""}, {"alsa_output.usb", ""}, {"alsa_output.pci", "alsa_output.pci"},
	} {
		want := ""
		if c.found != "" {
			want = id(c.found)
		}
		if got := find(id(c.want), list); got != want {
			t.Errorf("%s is found as %q, want %s", c.want, got, c.found)
		}
	}
	if got := find(id("bluez_output.AC_BF_71_00_1D_20.1"), []string{id("bluez_output.AC_BF_71_00_1D_20.a2dp-sink")}); got == "" {
		t.Error("PipeWire's profiles are two devices")
	}
	if profileless("zz") != "zz" {
		t.Error("what is no ID is changed")
	}
}
