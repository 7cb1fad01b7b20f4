package device

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// status is what the kernel says of this process: open descriptors, and address
// space in bytes.
func status(t *testing.T) (descriptors int, space int64) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Fields(string(b))[0] {
		space = space*10 + int64(c-'0')
	}
	return len(list), space * int64(os.Getpagesize())
}

// noPulse points every way to a sound server at an empty folder.
func noPulse(t *testing.T) (folder string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "foyer-sound-") // short: sockets' paths are limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"} {
		t.Setenv(name, folder)
	}
	for _, name := range []string{"PULSE_RUNTIME_PATH", "PULSE_CLIENTCONFIG", "PULSE_COOKIE"} {
		t.Setenv(name, "")
	}
	t.Setenv("PULSE_SERVER", "unix:"+folder+"/native")
	pulseContexts.until = time.Time{}
	return folder
}

// Where no sound server answers, looking for one again and again keeps nothing.
func TestLookingForASoundServerInVainCostsNothing(t *testing.T) {
	deaf := func(accept bool) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			if !accept {
				return
			}
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
				}
			}()
		}
	}
	for _, c := range []struct {
		name  string
		times int
		serve func(t *testing.T, path string)
	}{
		{"no socket", 30, func(*testing.T, string) {}},
		{"a file", 30, func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"nobody listens", 30, func(t *testing.T, path string) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
			if err != nil {
				t.Fatal(err)
			}
			l.SetUnlinkOnClose(false)
			l.Close()
		}},
		{"says nothing", 3, deaf(false)},
		{"hangs up", 30, deaf(true)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.serve(t, noPulse(t)+"/native")
			_, _, _ = soundDevices() // what is opened once for good
			fds, space := status(t)
			began := time.Now()
			for range c.times {
				if mics, speakers, _ := soundDevices(); len(mics)+len(speakers) > 0 {
					t.Skipf("skipped: this machine has other sound devices: %v %v", mics, speakers)
				}
				if _, err := OpenMicrophone(Default); !errors.Is(err, ErrNoDevice) {
					t.Fatalf("a microphone opens: %v", err)
				}
			}
			took := time.Since(began) / time.Duration(2*c.times)
			nowFDs, nowSpace := status(t)
			t.Logf("descriptors %d to %d, address space %d to %d MiB, %v a try", fds, nowFDs, space>>20, nowSpace>>20, took)
			if nowFDs > fds+2 || nowSpace > space+64<<20 {
				t.Error("it grows")
			}
			if took > pulseAnswerTime+time.Second/2 {
				t.Errorf("each try takes %v", took)
			}
		})
	}
}

// A sound server that begins later is found soon.
func TestASoundServerThatBeginsLaterIsFound(t *testing.T) {
	onSoundServers(t, func(t *testing.T, s *soundServer) {
		s.kill()
		for range 5 {
			if mics, speakers, _ := soundDevices(); len(mics)+len(speakers) > 0 {
				t.Skipf("skipped: this machine has other sound devices: %v %v", mics, speakers)
			}
		}
		s.boot()
		began := time.Now()
		s.until("the devices", func() error {
			if mics, speakers, _ := soundDevices(); len(mics) == 0 || len(speakers) == 0 {
				return ErrNoDevice
			}
			return nil
		})
		took(t, "the devices", time.Since(began))
	})
}

func TestWaysToASoundServer(t *testing.T) {
	folder := noPulse(t)
	for servers, want := range map[string][]pulseAddress{
		"unix:/a/native":                             {{"unix", "/a/native"}},
		"/a/native":                                  {{"unix", "/a/native"}},
		"{0123abc}unix:/a/native tcp:host:4714":      {{"unix", "/a/native"}, {"tcp", "host:4714"}},
		"tcp:host tcp4:192.0.2.1 tcp6:[2001:db8::1]": {{"tcp", "host:4713"}, {"tcp4", "192.0.2.1:4713"}, {"tcp6", "[2001:db8::1]:4713"}},
		"host host:1":                                {{"tcp", "host:4713"}, {"tcp", "host:1"}},
		"unix: {x} tcp:":                             nil,
	} {
		t.Setenv("PULSE_SERVER", servers)
		if got := pulseAddresses(); !slices.Equal(got, want) {
			t.Errorf("PULSE_SERVER=%q leads to %v, want %v", servers, got, want)
		}
	}
	t.Setenv("PULSE_SERVER", "")
	first := func(want string) {
		t.Helper()
		if got := pulseAddresses(); len(got) == 0 || got[0].address != want {
			t.Errorf("the first is %v, want %s", got, want)
		}
	}
	first(folder + "/pulse/native")
	t.Setenv("PULSE_RUNTIME_PATH", folder+"/mine")
	first(folder + "/mine/native")
	conf := filepath.Join(folder, "client.conf")
	if err := os.WriteFile(conf, []byte("# default-server = /no\nautospawn = no\n default-server = unix:/conf/native\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PULSE_CLIENTCONFIG", conf)
	first("/conf/native")
}

func TestWhatFailsIsTriedLessAndLess(t *testing.T) {
	var r restraint
	now := time.Unix(0, 0)
	bad := errors.New("bad")
	tries := []int{}
	for second := range 100 {
		now = time.Unix(int64(second), 0)
		if err := r.do(func() time.Time { return now }, func() error {
			tries = append(tries, second)
			return bad
		}); !errors.Is(err, bad) {
			t.Fatal(err)
		}
	}
	if want := []int{0, 1, 3, 7, 15, 31, 61, 91}; !slices.Equal(tries, want) {
		t.Errorf("tried at %v, want %v", tries, want)
	}
	now = time.Unix(1000, 0)
	clock := func() time.Time { return now }
	if err := r.do(clock, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := r.do(clock, func() error { return nil }); err != nil {
		t.Errorf("after success it waits: %v", err)
	}
}
