package headless

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/media/codec"
)

// ErrUsage marks what a person got wrong on the command line.
var ErrUsage = errors.New("wrong use")

// Command is `foyer join --headless`.
func Command() *cobra.Command {
	var (
		o           Options
		url, token  string
		cameraCodec string
		headless    bool
	)
	c := &cobra.Command{
		Use:   "join --headless LINK",
		Short: "Join a meeting without a window, printing JSON lines",
		Long: "Join a meeting without a window: for tests, bots and load. What happens is printed as JSON\n" +
			"lines, and commands are read as JSON lines from standard input, such as {\"chat\":\"hello\"},\n" +
			"{\"hand\":true}, {\"microphone\":false}, {\"camera\":true}, {\"share\":\"test\",\"sound\":true}, {\"leave\":true}.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !headless {
				return fmt.Errorf("%w: join works with --headless only; for a window: foyer LINK", ErrUsage)
			}
			text := ""
			switch {
			case url != "" && token != "" && len(args) == 0:
				text = url + " " + token
			case url == "" && token == "" && len(args) == 1:
				text = args[0]
			default:
				return fmt.Errorf("%w: one argument, a meeting link, is needed, or --url and --token", ErrUsage)
			}
			if o.CameraCodec = codec.Name(cameraCodec); cameraCodec != "" && !slices.Contains(codec.Names[:], o.CameraCodec) {
				return fmt.Errorf("%w: --camera-codec %s: it is one of %s", ErrUsage, cameraCodec, codecNames())
			}
			var err error
			if o.Target, err = invite.Parse(text); err != nil {
				return err
			}
			if l := o.Target.Link; l != nil && len(l.Key) > 0 && cameraCodec != "" && !call.Sealable(o.CameraCodec) {
				return fmt.Errorf("%w: --camera-codec %s: the link has an end-to-end key, and pictures in %s cannot be encrypted; take %s",
					ErrUsage, cameraCodec, cameraCodec, sealableNames())
			}
			o.Commands = cmd.InOrStdin()
			return Run(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.BoolVar(&headless, "headless", false, "no window")
	f.StringVar(&url, "url", "", "LiveKit URL, with --token")
	f.StringVar(&token, "token", "", "LiveKit access token")
	f.StringVar(&o.Name, "name", "Foyer", "display name")
	f.StringVar(&o.Camera, "camera", "none", "camera ID, test, none, or a Y4M, MJPEG or MP4 file")
	f.StringVar(&cameraCodec, "camera-codec", "", "send the camera in this, "+codecNames()+": VP9 and AV1 as one stream of all sizes, not with a key in the link (default: what the machine has time for)")
	f.StringVar(&o.Microphone, "microphone", "none", "microphone ID, test, none, or a WAV file")
	f.StringVar(&o.Speaker, "speaker", "none", "speaker ID, none, or a .wav file to record to")
	f.StringVar(&o.Screen, "screen", "", "screen ID or test, to share from the start")
	f.BoolVar(&o.Sound, "screen-sound", false, "share what other programs play with the screen")
	f.IntVar(&o.Count, "count", 1, "how many peers join")
	f.DurationVar(&o.Duration, "duration", 0, "leave after this long, such as 30s")
	return c
}

func codecNames() string {
	var names []string
	for _, n := range codec.Names {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}

func sealableNames() string {
	var names []string
	for _, n := range codec.Names {
		if call.Sealable(n) {
			names = append(names, string(n))
		}
	}
	return strings.Join(names, " or ")
}
