package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"foyer/app"
	"foyer/app/crash"
	"foyer/app/doctor"
	"foyer/app/headless"
	"foyer/app/instance"
	"foyer/app/settings"
	"foyer/app/text"
	"foyer/internal/host"
	_ "foyer/internal/locale" // before Fyne looks at it
	"foyer/internal/malloc"
	"foyer/media/codec"
	"foyer/ui"
	"foyer/ui/meeting"
	"foyer/ui/renderer"
)

// Exit codes: 0 done, 1 failed, 2 used wrongly.
const (
	exitFailed = 1
	exitUsage  = 2
)

//go:embed FyneApp.toml
var fyneApp string

// version is read from FyneApp.toml, the one place that names it.
func version() string {
	var m struct {
		Details struct{ Version string }
	}
	if _, err := toml.Decode(fyneApp, &m); err != nil || m.Details.Version == "" {
		return "unknown"
	}
	return m.Details.Version
}

// errUsage marks what a person got wrong on the command line.
var errUsage = errors.New("usage")

var errNoDisplay = errors.New("no display: Foyer's window needs one. " +
	"Run a meeting server with `foyer serve`, join without a window with `foyer join --headless LINK`, " +
	"or give it a virtual display: `xvfb-run foyer`")

func main() {
	started := time.Now()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(started).ExecuteContext(ctx); err != nil {
		// A server may have worded it: no escape sequences reach the terminal.
		fmt.Fprintln(os.Stderr, "foyer:", text.Body(text.Redact(err.Error()), 8<<10))
		stop()
		if errors.Is(err, errUsage) || errors.Is(err, headless.ErrUsage) {
			os.Exit(exitUsage)
		}
		os.Exit(exitFailed)
	}
}

func command(started time.Time) *cobra.Command {
	var (
		o          ui.Options
		folder     string
		traceStart bool
		traceTiles bool
		noHardware bool
		newWindow  bool
	)
	root := &cobra.Command{
		Use:   "foyer [LINK]",
		Short: "Meet, see and hear each other, share your screen",
		Example: "  foyer                                   open the lobby\n" +
			"  foyer 'foyer://example.org/standup?code=…'   join a meeting\n" +
			"  foyer --url wss://HOST --token JWT --name Ada   join a LiveKit room\n" +
			"  foyer serve                             run a meeting server",
		Args:          usage(cobra.MaximumNArgs(1)),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Link = args[0]
			}
			if (o.URL == "") != (o.Token == "") {
				return fmt.Errorf("%w: --url and --token go together", errUsage)
			}
			if o.URL != "" && o.Link != "" {
				return fmt.Errorf("%w: give a link, or --url and --token, not both", errUsage)
			}
			if o.Start && o.Paste || (o.Start || o.Paste) && (o.Link != "" || o.URL != "") {
				return fmt.Errorf("%w: give a link, --start or --paste, not two of them", errUsage)
			}
			if !displayThere() {
				return errNoDisplay
			}
			if folder == "" {
				var err error
				if folder, err = settings.DefaultFolder(); err != nil {
					return fmt.Errorf("find the settings folder: %w", err)
				}
			}
			if !newWindow {
				first, err := instance.Claim(cmd.Context(), folder, o.Wish())
				switch {
				case errors.Is(err, instance.ErrPlace): // a window of one's own is better than none
					fmt.Fprintln(os.Stderr, "foyer:", text.Redact(err.Error()))
				case errors.Is(err, instance.ErrDeaf):
					return errors.New(ui.Sentence(err))
				case err != nil:
					return err
				case first == nil:
					return nil // the running one shows itself
				default:
					defer first.Close()
					o.Wishes = first.Wishes()
				}
			}
			if reports, err := crash.Folder(); err == nil {
				o.Crash = crash.Take(reports)
				if stop, err := crash.Record(reports, version()); err == nil {
					defer stop()
				}
			}
			store, kept, err := settings.OpenWithKeyring(folder)
			if err != nil {
				return err
			}
			o.Version, o.Settings, o.SettingsKept, o.Host = version(), store, kept, starter{}
			defer useHardware(cmd.Context(), noHardware || store.Get().HardwareOff)()
			malloc.KeepFreed()
			if traceStart {
				traceTo(&o, started)
			}
			if traceTiles {
				traceTilesTo(&o, started)
			}
			return ui.Run(o)
		},
	}
	f := root.Flags()
	f.StringVar(&o.URL, "url", "", "LiveKit URL to join at once (with --token)")
	f.StringVar(&o.Token, "token", "", "LiveKit access token")
	f.StringVar(&o.Name, "name", "", "display name, for this time only")
	f.StringVar(&o.Camera, "camera", "", "camera ID, test, none, or a Y4M, MJPEG or MP4 file")
	f.StringVar(&o.Microphone, "microphone", "", "microphone ID, test, none, or a WAV file")
	f.StringVar(&o.Speaker, "speaker", "", "speaker ID, none, or a .wav file to record to")
	f.BoolVar(&o.Start, "start", false, "start a meeting at once")
	f.BoolVar(&o.Paste, "paste", false, "join the meeting whose link is in the clipboard")
	f.BoolVar(&newWindow, "new-window", false, "open a window of its own where one is open already")
	f.StringVar(&folder, "settings", "", "settings folder (default: the user's configuration folder)")
	root.PersistentFlags().BoolVar(&noHardware, "no-hardware", false, "encode and decode pictures by the processor alone, for this time only")
	f.BoolVar(&traceStart, "trace-start", false, "print start-up times as JSON lines")
	f.BoolVar(&traceTiles, "trace-tiles", false, "print each second how many pictures each tile has shown, as JSON lines")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })

	join := headless.Command()
	run := join.RunE
	join.RunE = func(cmd *cobra.Command, args []string) error {
		defer useHardware(cmd.Context(), noHardware)()
		return run(cmd, args)
	}
	root.AddCommand(
		host.Command(version()),
		join,
		doctorCommand(),
		probeCommand(),
		manualCommand(),
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: usage(cobra.NoArgs),
			Run: func(cmd *cobra.Command, _ []string) {
				fmt.Fprintf(cmd.OutOrStdout(), "foyer %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			},
		},
	)
	return root
}

// usage makes an argument check count as wrong use.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return nil
	}
}

// displayThere says whether a window can be hoped for at all.
func displayThere() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

func traceTo(o *ui.Options, started time.Time) {
	out := json.NewEncoder(os.Stdout)
	o.Trace = func(event string) {
		_ = out.Encode(struct {
			Event string  `json:"event"`
			MS    float64 `json:"ms"` // since the program started
		}{event, float64(time.Since(started).Microseconds()) / 1000})
	}
}

// traceTilesTo prints the tiles, and what Go has allocated so far.
func traceTilesTo(o *ui.Options, started time.Time) {
	out := json.NewEncoder(os.Stdout)
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/allocs:bytes"}}
	o.TraceTiles = func(tiles []meeting.Tile) {
		metrics.Read(allocated)
		_ = out.Encode(struct {
			Event   string         `json:"event"`
			MS      float64        `json:"ms"` // since the program started
			Objects uint64         `json:"allocatedObjects"`
			Bytes   uint64         `json:"allocatedBytes"`
			Tiles   []meeting.Tile `json:"tiles"`
		}{"tiles", float64(time.Since(started).Microseconds()) / 1000, allocated[0].Value.Uint64(), allocated[1].Value.Uint64(), tiles})
	}
}

// probeCodec is the command that tries one hardware codec, in a process of its own.
const probeCodec = "probe-codec"

func probeCommand() *cobra.Command {
	return &cobra.Command{
		Use: probeCodec + " ID", Hidden: true, Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return codec.ProbeChild(args[0], cmd.OutOrStdout()) },
	}
}

// manualCommand writes the manual pages that packages carry: one for each command.
func manualCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Hidden: true, Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, c := range cmd.Root().Commands() {
				if c.Name() == "completion" { // a page for each shell would be five
					cmd.Root().RemoveCommand(c)
				}
			}
			cmd.Root().DisableAutoGenTag = true // it would name the day
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Section: "1", Source: "Foyer " + version()}, args[0])
		},
	}
}

// useHardware finds out beside everything else what hardware can do; stop ends
// that and waits.
func useHardware(ctx context.Context, off bool) (stop func()) {
	if off {
		codec.Configure(codec.Setup{Policy: codec.SoftwareOnly})
		return func() {}
	}
	codec.Configure(codecSetup(codec.Automatic))
	ctx, cancel := context.WithCancel(ctx)
	found := make(chan struct{})
	go func() {
		defer close(found)
		codec.FindHardware(ctx)
	}()
	return func() { cancel(); <-found }
}

// codecSetup lets codecs use hardware, tried in children of this program. Where
// its own path is unknown there can be none.
func codecSetup(p codec.Policy) codec.Setup {
	s := codec.Setup{Policy: p}
	if exe, err := os.Executable(); err == nil {
		s.Child = []string{exe, probeCodec}
	}
	if folder, err := os.UserCacheDir(); err == nil {
		s.Cache = filepath.Join(folder, "foyer")
	}
	return s
}

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "doctor", Short: "Report what works on this machine", Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			describe := renderer.Describe
			if !displayThere() {
				describe = func() (string, error) { return "", errors.New("no display") }
			}
			codec.Configure(codecSetup(codec.Automatic))
			r := doctor.Examine(cmd.Context(), version(), describe)
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(r)
			}
			return r.Print(cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// starter gives the lobby the meeting server, which app and ui do not know.
type starter struct{}

// StartHost implements app.HostStarter.
func (starter) StartHost(ctx context.Context, o app.HostOptions) (app.RunningHost, error) {
	m, err := host.StartMeeting(ctx, host.MeetingOptions{Title: o.Title, Loopback: o.Loopback, Data: o.Data, Key: o.Key})
	if err != nil {
		return nil, err
	}
	return m, nil
}
