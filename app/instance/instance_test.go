//go:build unix

package instance

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// TestMain is also the process that dies while it holds a claim.
func TestMain(m *testing.M) {
	if folder := os.Getenv("FOYER_TEST_CLAIM"); folder != "" {
		if i, err := Claim(context.Background(), folder, Wish{}); err != nil || i == nil {
			os.Exit(3)
		}
		os.Exit(0) // without Close
	}
	goleak.VerifyTestMain(m)
}

// home gives the test a runtime folder and a settings folder.
func home(t *testing.T) string {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	return t.TempDir()
}

func first(t *testing.T, folder string) *Instance {
	t.Helper()
	i, err := Claim(t.Context(), folder, Wish{})
	if err != nil || i == nil {
		t.Fatalf("no claim: %v", err)
	}
	return i
}

func TestALaterStartHandsItsWishOver(t *testing.T) {
	folder := home(t)
	i := first(t, folder)
	for _, w := range []Wish{{Link: "example.org/r?code=c"}, {Start: true}, {Paste: true}, {Name: "Ann", Camera: "test", Microphone: "none", Speaker: "/a.wav"}, {}} {
		if other, err := Claim(t.Context(), folder, w); err != nil || other != nil {
			t.Fatalf("%+v: %v, %v", w, other, err)
		}
		if got := <-i.Wishes(); got != w {
			t.Errorf("handed %+v, got %+v", w, got)
		}
	}
	socket, err := place(folder)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(socket); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if err := first(t, folder).Close(); err != nil { // after it, the next is first
		t.Error(err)
	}
}

func TestSettingsFoldersHaveAnInstanceEach(t *testing.T) {
	a, b := first(t, home(t)), first(t, t.TempDir())
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Error(err)
	}
}

func TestWhatACrashLeftIsReplaced(t *testing.T) {
	folder := home(t)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "FOYER_TEST_CLAIM="+folder)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	socket, err := place(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(socket); err != nil {
		t.Fatalf("the crash left no socket: %v", err)
	}
	if err := first(t, folder).Close(); err != nil {
		t.Error(err)
	}
}

func TestOfManyFirstStartsOneIsFirst(t *testing.T) {
	folder := home(t)
	const starts = 8
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		ones []*Instance
	)
	for range starts {
		all.Go(func() {
			i, err := Claim(t.Context(), folder, Wish{Start: true})
			if err != nil {
				t.Error(err)
			}
			if i != nil {
				mu.Lock()
				ones = append(ones, i)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(ones) != 1 {
		t.Fatalf("%d are first", len(ones))
	}
	if n := len(ones[0].Wishes()); n != starts-1 {
		t.Errorf("%d wishes were handed over", n)
	}
	if err := ones[0].Close(); err != nil {
		t.Error(err)
	}
}

func TestAFolderOthersCanReachIsRefused(t *testing.T) {
	folder := home(t)
	dir := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "foyer")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(t.Context(), folder, Wish{}); !errors.Is(err, ErrPlace) {
		t.Errorf("got %v", err)
	}
}

// Nonsense is dropped, and Close waits for nobody who says nothing.
func TestNonsenseIsNoWish(t *testing.T) {
	folder := home(t)
	i := first(t, folder)
	socket, err := place(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"nonsense\n", "[1]\n", `{"link":"` + strings.Repeat("x", wishMax) + `"}`} {
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(said))
		if n, err := c.Read(make([]byte, 8)); err == nil {
			t.Errorf("%.20q: %d bytes of answer", said, n)
		}
		c.Close()
	}
	silent, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if n := len(i.Wishes()); n != 0 {
		t.Errorf("%d wishes", n)
	}
}
