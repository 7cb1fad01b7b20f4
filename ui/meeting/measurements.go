package meeting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"foyer/app/call"
)

// dash stands for what is not known, or does not apply.
const dash = "–"

// sources names them for the report, which is in English whatever the language
// of the window: it is sent to whoever may help.
var sources = map[call.Source]string{
	call.Camera: "camera", call.Microphone: "microphone", call.Screen: "screen", call.ScreenAudio: "screen sound",
}

// sourceName names one in the window.
func sourceName(s call.Source) string {
	switch s {
	case call.Camera:
		return lang.L("camera")
	case call.Microphone:
		return lang.L("microphone")
	case call.Screen:
		return lang.L("screen")
	case call.ScreenAudio:
		return lang.L("screen sound")
	}
	return string(s)
}

func codec(t call.TrackStats) string {
	c := strings.TrimPrefix(strings.TrimPrefix(t.Codec, "video/"), "audio/")
	switch strings.ToLower(c) {
	case "":
		return dash
	case "opus", "red":
		return strings.ToUpper(c[:1]) + strings.ToLower(c[1:])
	case "h264":
		return "H.264"
	}
	return strings.ToUpper(c)
}

func isVideo(t call.TrackStats) bool { return t.Source == call.Camera || t.Source == call.Screen }

// maker is what encodes or decodes a track, and whether a GPU does it, in the
// words for that.
func maker(t call.TrackStats, hardware, software string) string {
	switch {
	case t.Implementation == "":
		return ""
	case !isVideo(t):
		return t.Implementation
	case t.Hardware:
		return t.Implementation + ", " + hardware
	}
	return t.Implementation + ", " + software
}

func size(t call.TrackStats) string {
	if t.Width <= 0 || t.Height <= 0 {
		return dash
	}
	return fmt.Sprintf("%d×%d", t.Width, t.Height)
}

func frames(t call.TrackStats) string {
	if t.Frames == 0 && t.FrameRate == 0 {
		return dash
	}
	return fmt.Sprintf("%.0f fps", t.FrameRate)
}

func loss(t call.TrackStats) string {
	all := t.Packets + t.Lost
	if all == 0 || t.Sent && t.Lost == 0 { // nobody has told us
		return dash
	}
	return fmt.Sprintf("%.1f %%", 100*float64(t.Lost)/float64(all))
}

func freezes(t call.TrackStats) string {
	if t.Freezes == 0 {
		return dash
	}
	return fmt.Sprintf("%d, %.1f s", t.Freezes, t.FreezeTime.Seconds())
}

func rate(bps float64) string {
	switch {
	case bps <= 0:
		return dash
	case bps >= 1e6:
		return fmt.Sprintf("%.1f Mbit/s", bps/1e6)
	}
	return fmt.Sprintf("%.0f kbit/s", bps/1e3)
}

func millis(d time.Duration) string {
	switch {
	case d <= 0:
		return dash
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// totals is the whole of a report: bits per second both ways, and the share of
// packets that were lost since an earlier report on the way to us.
func totals(now, before call.Stats) (up, down, lost float64) {
	var packets, gone uint64
	for _, t := range now.Tracks {
		if t.Sent {
			up += t.BitRate
			continue
		}
		down += t.BitRate
		i := slices.IndexFunc(before.Tracks, func(b call.TrackStats) bool {
			return !b.Sent && b.Identity == t.Identity && b.Source == t.Source
		})
		if i >= 0 && before.Tracks[i].Packets <= t.Packets && before.Tracks[i].Lost <= t.Lost {
			packets += t.Packets - before.Tracks[i].Packets
			gone += t.Lost - before.Tracks[i].Lost
		}
	}
	if packets+gone > 0 {
		lost = float64(gone) / float64(packets+gone)
	}
	return up, down, lost
}

// onPicture is what a tile says of its track, line by line, the most wanted first.
func onPicture(t call.TrackStats, rtt time.Duration) []string {
	join := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" || strings.Contains(s, dash) }), " · ")
	}
	lines := []string{
		join(size(t), frames(t)),
		join(codec(t), maker(t, lang.L("hardware"), lang.L("software"))),
		join(rate(t.BitRate), lang.L("lost {{.Share}}", map[string]any{"Share": loss(t)}), layers(t)),
	}
	if t.Sent {
		lines = append(lines, join(lang.L("round trip {{.Time}}", map[string]any{"Time": millis(rtt)})))
	} else {
		lines = append(lines, join(lang.L("latency {{.Time}}", map[string]any{"Time": millis(t.Latency)}), lang.L("jitter {{.Time}}", map[string]any{"Time": millis(t.Jitter)})), join(lang.L("round trip {{.Time}}", map[string]any{"Time": millis(rtt)}), lang.L("freezes {{.Times}}", map[string]any{"Times": freezes(t)})))
	}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}

func layers(t call.TrackStats) string {
	if !t.Sent || t.Layers <= 0 {
		return ""
	}
	return lang.N("{{.Count}} layers", t.Layers, map[string]any{"Count": t.Layers})
}

// report is everything as plain text, to be sent to whoever may help.
func report(version string, s call.Stats, name func(identity string) string) string {
	var b strings.Builder
	if version == "" {
		version = "of unknown version"
	}
	fmt.Fprintf(&b, "Foyer %s, call statistics of %s\n", version, s.At.Format("2006-01-02 15:04:05 -07:00"))
	up, down, _ := totals(s, call.Stats{})
	fmt.Fprintf(&b, "Round trip to the server: %s\nSending: %s (available: %s)\nReceiving: %s\n", millis(s.RTT), rate(up), rate(s.Available), rate(down))
	for _, t := range s.Tracks {
		way := "received"
		if t.Sent {
			way = "sent"
		}
		fmt.Fprintf(&b, "\n%s, %s, %s\n", name(t.Identity), sources[t.Source], way)
		line := func(label, value string) { fmt.Fprintf(&b, "  %-16s %s\n", label, value) }
		line("codec", codec(t))
		if m := maker(t, "hardware", "software"); m != "" {
			line("implementation", m)
		}
		line("bit rate", rate(t.BitRate))
		if isVideo(t) {
			line("resolution", size(t))
			line("frame rate", frames(t))
			line("frames", fmt.Sprint(t.Frames))
			line("key frames asked", fmt.Sprint(t.KeyRequests))
		}
		if t.Sent && t.Layers > 0 {
			line("simulcast layers", fmt.Sprint(t.Layers))
		}
		line("packets", fmt.Sprintf("%d, %d lost (%s)", t.Packets, t.Lost, loss(t)))
		if !t.Sent {
			line("jitter", millis(t.Jitter))
			line("jitter buffer", millis(t.Delay))
			if isVideo(t) {
				line("latency", millis(t.Latency))
				line("freezes", freezes(t))
			}
		}
	}
	return b.String()
}
