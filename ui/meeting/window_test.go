package meeting

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"foyer/app/call"
	_ "foyer/internal/locale" // as the program has it
	"foyer/media/device"
	"foyer/media/video"
	"foyer/ui/language"
	"foyer/ui/theme"
)

// childVariable makes the test program open a real window instead of running
// tests: a driver with a display wants the main goroutine.
const childVariable = "FOYER_TEST_WINDOW"

func TestMain(m *testing.M) {
	// Texts are looked for in English, whatever this machine speaks.
	if err := language.Use(cmp.Or(os.Getenv("FOYER_TEST_LANGUAGE"), "en")); err != nil {
		panic(err)
	}
	if what := os.Getenv(childVariable); what != "" {
		realWindow(what)
		return
	}
	os.Exit(m.Run())
}

// drawn is what the child reports.
type drawn struct {
	Tiles  int     `json:"tiles"`
	Cores  float64 `json:"cores"`  // of the process, the software rasteriser included
	Raster float64 `json:"raster"` // of the software rasteriser's threads alone
	Main   float64 `json:"main"`   // of the UI goroutine's thread: Fyne's painter and its uploads
	FPS    float64 `json:"fps"`    // pictures shown a second on a tile
	Rounds float64 `json:"rounds"` // trips to the UI goroutine a second
	Idle   float64 `json:"idle"`   // cores while nothing moves
}

const movingTiles = 9

// TestNineMovingTilesInARealWindow opens the meeting on a display of its own,
// moves nine pictures of 640x360 at 30 a second and measures what that costs.
func TestNineMovingTilesInARealWindow(t *testing.T) {
	child := onDisplay(t, "measure")
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		t.Fatalf("window: %v\n%s", err, out)
	}
	var d drawn
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatalf("window said %q: %v", out, err)
	}
	t.Logf("%d moving tiles: %.2f cores (rasteriser %.2f, main thread %.2f), %.1f pictures a second on each, %.0f rounds a second; at rest %.2f cores", d.Tiles, d.Cores, d.Raster, d.Main, d.FPS, d.Rounds, d.Idle)
	if d.FPS < 10 { // 30 on a quiet machine; tests share theirs
		t.Errorf("tiles show %.1f pictures a second", d.FPS)
	}
	if d.Rounds > 61 {
		t.Errorf("%.0f rounds a second: more than a display can show", d.Rounds)
	}
	if d.Idle > 0.25 {
		t.Errorf("a meeting where nothing moves costs %.2f cores", d.Idle)
	}
}

// onDisplay prepares the child on a display of its own, which ends with the test.
func onDisplay(t *testing.T, what string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: opens a real window for some seconds")
	}
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("skipped: Xvfb is not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	display := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x720x24", "-nolisten", "tcp")
	display.ExtraFiles = []*os.File{write}
	if err := display.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		cancel()
		_ = display.Process.Signal(syscall.SIGTERM)
		_ = display.Wait()
		read.Close()
	})
	var number int
	if _, err := fmt.Fscan(read, &number); err != nil {
		t.Fatalf("start a display: %v", err)
	}
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+what, fmt.Sprintf("DISPLAY=:%d", number), "WAYLAND_DISPLAY=", "LANG=en_US.UTF-8")
	return child
}

// TestRealKeys presses keys on a real window: the order in which a display's
// events come is what Fyne's test driver does not have.
func TestRealKeys(t *testing.T) {
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("skipped: xdotool is not installed")
	}
	child := onDisplay(t, "keys")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	said := make(chan string, 64)
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	expect := func(want string) {
		t.Helper()
		select {
		case got, ok := <-said:
			if !ok || got != want {
				t.Fatalf("the window said %q, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("the window never said %q", want)
		}
	}
	do := func(args ...string) {
		t.Helper()
		cmd := exec.Command("xdotool", args...)
		cmd.Env = child.Env
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("xdotool %v: %v\n%s", args, err, b)
		}
	}
	expect("ready")
	do("search", "--sync", "--onlyvisible", "--name", "^Foyer$", "windowfocus", "--sync")
	do("key", "m")
	expect("microphone true")
	do("keydown", "space")
	expect("microphone true")
	do("keyup", "space")
	expect("microphone false")
	do("key", "h")
	expect("hand true")
	do("key", "ctrl+v") // no V: the camera stays
	do("key", "c")
	do("type", "mv hello")
	do("key", "Return")
	expect("send mv hello")
	do("keydown", "space", "keyup", "space") // typed, and nobody hears it
	do("key", "Escape")
	do("key", "v")
	expect("camera false")
	do("key", "ctrl+d")
	expect("leave")
	expect("left <nil>")
}

// TestACoveredWindowRests covers and uncovers a real window, and takes it away and
// brings it back: what is not seen is not asked for, and comes back at once.
func TestACoveredWindowRests(t *testing.T) {
	child := onDisplay(t, "covered")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	lines := bufio.NewScanner(out)
	expect := func(what string) (id uint32) {
		t.Helper()
		for lines.Scan() { // the context ends it
			if rest, ok := strings.CutPrefix(lines.Text(), what); ok {
				fmt.Sscan(rest, &id)
				return id
			}
		}
		t.Fatalf("the window never said %q", what)
		return 0
	}
	window := xproto.Window(expect("window "))
	conn, err := xgb.NewConnDisplay(strings.TrimPrefix(child.Env[slices.IndexFunc(child.Env, func(s string) bool { return strings.HasPrefix(s, "DISPLAY=:") })], "DISPLAY="))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect("drawing")
	cover, err := xproto.NewWindowId(conn)
	do(err)
	screen := xproto.Setup(conn).DefaultScreen(conn)
	do(xproto.CreateWindowChecked(conn, screen.RootDepth, cover, screen.Root, 0, 0, screen.WidthInPixels, screen.HeightInPixels, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwOverrideRedirect, []uint32{1}).Check())
	do(xproto.MapWindowChecked(conn, cover).Check())
	expect("resting")
	do(xproto.UnmapWindowChecked(conn, cover).Check())
	expect("drawing")
	do(xproto.UnmapWindowChecked(conn, window).Check())
	expect("resting")
	do(xproto.MapWindowChecked(conn, window).Check())
	expect("drawing")
	// As a window manager says that it is minimised.
	hide := func(names ...string) {
		t.Helper()
		atoms := make([]byte, 0, 4)
		for _, n := range append([]string{"_NET_WM_STATE"}, names...) {
			a, err := xproto.InternAtom(conn, false, uint16(len(n)), n).Reply()
			do(err)
			atoms = binary.LittleEndian.AppendUint32(atoms, uint32(a.Atom))
		}
		state := xproto.Atom(binary.LittleEndian.Uint32(atoms))
		do(xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, window, state, xproto.AtomAtom, 32, uint32(len(names)), atoms[4:]).Check())
	}
	hide("_NET_WM_STATE_HIDDEN")
	expect("resting")
	hide()
	expect("drawing")
}

// sayWhetherDrawing prints the window's number, and then "drawing" or "resting"
// whenever the surfaces turn to the one or the other.
func sayWhetherDrawing(w fyne.Window, v *View, f *fake) {
	for watched := false; !watched; time.Sleep(20 * time.Millisecond) {
		fyne.DoAndWait(func() { watched = v.watched })
	}
	fyne.DoAndWait(func() {
		w.(driver.NativeWindow).RunNative(func(c any) { fmt.Println("window", c.(driver.X11WindowContext).WindowHandle) })
	})
	last := ""
	for range time.Tick(20 * time.Millisecond) {
		now := "resting"
		f.mu.Lock()
		for s := range f.shown {
			if w, _ := s.Size(); w > 0 {
				now = "drawing"
			}
		}
		f.mu.Unlock()
		if now != last {
			last = now
			fmt.Println(now)
		}
	}
}

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// threads is the CPU time of the software rasteriser's threads and of the main
// one, where the system tells it (Linux).
func threads() (raster, main time.Duration) {
	const tick = time.Second / 100 // USER_HZ
	tasks, _ := filepath.Glob("/proc/self/task/*/stat")
	for _, name := range tasks {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
		fields := strings.Fields(string(b[end+1:]))
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		used := time.Duration(user+system) * tick
		switch {
		case strings.HasPrefix(string(b[open+1:end]), "llvmpipe"):
			raster += used
		case filepath.Base(filepath.Dir(name)) == strconv.Itoa(os.Getpid()):
			main = used
		}
	}
	return raster, main
}

// tileCount is how many tiles the child shows: what FOYER_TEST_TILES says, else nine.
func tileCount() int {
	if n, err := strconv.Atoi(os.Getenv("FOYER_TEST_TILES")); err == nil && n > 0 {
		return n
	}
	return movingTiles
}

// realWindow is the child: a meeting in a real window.
func realWindow(what string) {
	app.SetMetadata(fyne.AppMetadata{ID: "app.foyer.test", Migrations: map[string]bool{"fyneDo": true}})
	a := app.New()
	a.Settings().SetTheme(theme.New(theme.Dark))
	s := meeting(tileCount())
	for i := range s.People {
		s.People[i].Tracks = []call.Track{{Source: call.Microphone}, {Source: call.Camera, Width: 640, Height: 360}}
		s.People[i].Speaking = i == 3
	}
	s.Local.MicrophoneOn = what != "keys"
	f := newFake(s)
	f.say = what == "keys"
	w := a.NewWindow("Foyer")
	w.SetPadded(false)
	v := New(w, f, Options{
		Title:   "Nine tiles",
		Watch:   func(context.Context) <-chan device.List { return nil },
		OnLeave: func(err error) { fmt.Println("left", err) },
	})
	w.SetContent(v.Object())
	w.Resize(fyne.NewSize(1280, 720))
	a.Lifecycle().SetOnStarted(func() {
		switch what {
		case "keys":
			fmt.Println("ready")
		case "covered":
			go sayWhetherDrawing(w, v, f)
		default:
			go measure(a, w, v, f)
		}
	})
	w.ShowAndRun()
}

func measure(a fyne.App, w fyne.Window, v *View, f *fake) {
	var d drawn
	rest := func(d time.Duration) float64 {
		from, began := cpu(), time.Now()
		time.Sleep(d)
		return float64(cpu()-from) / float64(time.Since(began))
	}
	time.Sleep(time.Second) // the first paint, compiling shaders
	d.Idle = rest(time.Second)

	stop := make(chan struct{})
	done := make(chan struct{})
	n := 0
	f.mu.Lock()
	for to, k := range f.shown {
		go func() {
			defer func() { done <- struct{}{} }()
			push(to, len(k.identity)+int(k.identity[len(k.identity)-1]), stop)
		}()
		n++
	}
	f.mu.Unlock()
	frames := func() (total uint64) {
		fyne.DoAndWait(func() {
			for _, t := range v.stage.tiles {
				total += t.Frames()
			}
		})
		return total
	}
	time.Sleep(time.Second)
	from, rounds, began, used := frames(), v.painter.Rounds(), time.Now(), cpu()
	raster, ui := threads()
	time.Sleep(4 * time.Second)
	used = cpu() - used
	rasterNow, uiNow := threads()
	took := time.Since(began).Seconds()
	d.Tiles = n
	d.Cores = used.Seconds() / took
	d.Raster = (rasterNow - raster).Seconds() / took
	d.Main = (uiNow - ui).Seconds() / took
	d.FPS = float64(frames()-from) / took / float64(n)
	d.Rounds = float64(v.painter.Rounds()-rounds) / took
	if dir := os.Getenv("FOYER_SHOTS"); dir != "" {
		shot := exec.Command("import", "-window", "root", filepath.Join(dir, "window-9.png"))
		if err := shot.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "screenshot:", err)
		}
	}
	close(stop)
	for range n {
		<-done
	}
	_ = json.NewEncoder(os.Stdout).Encode(d)
	fyne.DoAndWait(func() {
		v.Close()
		a.Quit()
	})
}

// push moves a card over a surface, 30 pictures a second, each surface at its
// own moment as decoders do.
func push(to *video.Surface, seed int, stop <-chan struct{}) {
	var pool video.Pool
	var frames []*video.Frame
	for i := range 8 {
		f := scene(&pool, 640, 360, seed)
		for y := 40; y < 120; y++ {
			for x := 0; x < 80; x++ {
				f.Y[y*f.YStride+x+i*60] = 235
			}
		}
		frames = append(frames, f)
	}
	time.Sleep(time.Duration(seed*3571%33000) * time.Microsecond)
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-tick.C:
			to.Push(frames[i%len(frames)])
		}
	}
}
