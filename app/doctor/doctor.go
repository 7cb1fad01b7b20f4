package doctor

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"foyer/app/text"
	"foyer/media/codec"
	"foyer/media/device"
)

// Report is what was found.
type Report struct {
	Version     string         `json:"version"`
	Go          string         `json:"go"`
	System      string         `json:"system"`
	Renderer    string         `json:"renderer,omitempty"` // OpenGL
	NoWindow    string         `json:"noWindow,omitempty"` // why there can be none
	Capture     string         `json:"capture,omitempty"`  // how screens are captured
	NoCapture   string         `json:"noCapture,omitempty"`
	Cameras     []device.Info  `json:"cameras"`
	Microphones []device.Info  `json:"microphones"`
	Speakers    []device.Info  `json:"speakers"`
	Screens     []device.Info  `json:"screens"`
	Codecs      []codec.Probed `json:"codecs"`
}

// Examine tries everything; renderer says what windows are drawn with.
func Examine(ctx context.Context, version string, renderer func() (string, error)) Report {
	l := device.Devices()
	r := Report{
		Version: version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Cameras: l.Cameras, Microphones: l.Microphones, Speakers: l.Speakers, Screens: l.Screens, Codecs: codec.Probe(ctx),
	}
	var err error
	if r.Renderer, err = renderer(); err != nil {
		r.NoWindow = err.Error()
	}
	if r.Capture, err = device.ScreenSystem(); err != nil {
		r.NoCapture = err.Error()
	}
	return r
}

// Print writes the report for people.
func (r Report) Print(w io.Writer) error {
	p := &lines{w: w}
	p.add("Foyer", r.Version+" on "+r.System+", "+r.Go)
	p.add("Window", or(r.Renderer, "none: "+r.NoWindow))
	p.add("Capture", or(r.Capture, "none: "+r.NoCapture))
	p.devices("Camera", r.Cameras)
	p.devices("Microphone", r.Microphones)
	p.devices("Speaker", r.Speakers)
	p.devices("Screen", r.Screens)
	for _, c := range r.Codecs {
		how := "software"
		if c.Hardware {
			how = "hardware"
		}
		state := fmt.Sprintf("works, %.1f ms a picture of 640x360", c.Milliseconds)
		if !c.Works {
			state = "does not work: " + c.Why
		}
		p.add(c.Direction+" "+string(c.Codec), fmt.Sprintf("%s, %s, %s", c.Implementation, how, state))
	}
	return p.err
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

type lines struct {
	w   io.Writer
	err error
}

func (l *lines) add(what, how string) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, "%-14s %s\n", what, text.Line(how, 500)) // devices name themselves
	}
}

func (l *lines) devices(what string, list []device.Info) {
	if len(list) == 0 {
		l.add(what, "none found")
	}
	for _, d := range list {
		name := or(d.Name, d.ID)
		if !d.Bounds.Empty() {
			name = fmt.Sprintf("%s %dx%d", name, d.Bounds.Dx(), d.Bounds.Dy())
		}
		if d.Default {
			name += " (default)"
		}
		l.add(what, name)
	}
}
