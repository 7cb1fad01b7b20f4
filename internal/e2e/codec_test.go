//go:build unix

package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/app/call"
	"foyer/internal/e2e/browser"
	"foyer/internal/e2e/program"
	"foyer/media/codec"
)

//go:embed codec.js
var codecScript []byte

// alike is how near a received card must come to the one drawn, in dB. Its flat
// colours reach 45 to 67; with a size predicted from the wrong one it is some 28.
const alike = 36

// Foyer and a browser send each other their cards in every codec: they are
// decoded, go on, can be read, and look like what was drawn.
func TestEveryCodecBothWays(t *testing.T) {
	b := openBrowserWith(t, browser.Options{Script: codecScript})
	h := serve(t)
	ctx := within(t, 3*time.Minute)
	bob := h.redeem(t, "guest", "Bob")
	if err := b.Connect(ctx, browser.Connect{URL: bob.URL, Token: bob.Token}); err != nil {
		t.Fatal(err)
	}
	var can struct{ Send, Receive []string }
	figures(t, ctx, b, "codecs", nil, &can)
	for _, n := range codec.Names {
		t.Run(string(n), func(t *testing.T) {
			ctx := within(t, 60*time.Second)
			mime := "video/" + string(n)
			ann := join(t, h.link(t, "host"), "Ann", "--camera", "test", "--camera-codec", string(n), "--microphone", "none", "--speaker", "none")
			sends := slices.Contains(can.Send, mime)
			if sends {
				if err := b.Do(ctx, "card", map[string]any{"width": 640, "height": 360, "fps": 15, "bitrate": 1_500_000, "codec": strings.ToLower(string(n))}); err != nil {
					t.Fatal(err)
				}
			} else {
				fmt.Printf("%s from the browser is left out: this Chromium does not encode it\n", n)
			}
			if slices.Contains(can.Receive, mime) {
				browserSees(t, ctx, b, ann, mime)
			} else {
				fmt.Printf("%s to the browser is left out: this Chromium does not decode it\n", n)
			}
			if sends {
				ann.sees(bob.Identity, n)
				if err := b.Unpublish(ctx, "camera"); err != nil {
					t.Fatal(err)
				}
			}
			ann.leave()
		})
	}
	if err := b.Leave(ctx); err != nil {
		t.Fatal(err)
	}
}

// browserSees waits until the browser shows somebody's 1280x720 card, in a codec,
// as it was drawn. A busy machine sends smaller pictures of it.
func browserSees(t *testing.T, ctx context.Context, b *browser.Peer, p *person, mime string) {
	t.Helper()
	var first browser.Track
	if _, _, err := b.Reports.Wait(ctx, 0, func(r browser.Report) bool {
		v, _ := r.Track(p.identity, "camera")
		if first.Card <= 0 && v.Card > 0 {
			first = v
		}
		return first.Card > 0 && v.Frames >= first.Frames+10 && v.Card >= first.Card+10 && strings.EqualFold(v.Codec, mime)
	}); err != nil {
		t.Fatalf("the browser sees no card in %s: %v", mime, err)
	}
	var m struct {
		Width, Height int
		Number        int64
		PSNR          float64
	}
	for got := (lately{}); !got.alike(); {
		if ctx.Err() != nil {
			t.Fatalf("in %s the browser's pictures are unlike what was drawn: %.1f dB", mime, got)
		}
		figures(t, ctx, b, "measure", map[string]any{"identity": p.identity, "width": 1280, "height": 720}, &m)
		if m.Number > 0 {
			got = got.add(m.PSNR)
		}
		if got.alike() {
			fmt.Printf("figure: %s-to-browser %.1f dB at %dx%d (target %d)\n", mime, got.median(), m.Width, m.Height, alike)
		}
	}
}

// sees waits until Foyer shows the browser's 640x360 card, in a codec, as it was
// drawn. Chromium's encoders too make a marker unreadable now and then.
func (p *person) sees(identity string, n codec.Name) {
	p.t.Helper()
	var got lately
	var last card
	var by string
	_, _, err := p.Lines.Wait(within(p.t, 30*time.Second), 0, func(l program.Line) bool {
		s := hear(l)
		if s.Stats == nil {
			return false
		}
		i := slices.IndexFunc(s.Stats.Tracks, func(t call.TrackStats) bool { return t.Identity == identity && t.Source == call.Camera })
		c := s.card(identity, call.Camera)
		if i < 0 || s.Stats.Tracks[i].Codec != string(n) || c.Width != 640 || c.PSNR == 0 || c.PSNR == last.PSNR {
			return false
		}
		last, by = c, s.Stats.Tracks[i].Implementation
		got = got.add(c.PSNR)
		return got.alike() && c.Cards >= 20 && c.Number >= 20 && c.Cards*4 >= c.Frames*3
	})
	if err != nil {
		p.t.Fatalf("%s sees no picture in %s like the one drawn: %.1f dB, %+v: %v", p.name, n, got, last, err)
	}
	if last.Backwards > 0 {
		p.t.Errorf("%s: pictures in %s come out of order: %+v", p.name, n, last)
	}
	fmt.Printf("figure: video/%s-to-foyer %.1f dB at %dx%d by %s (target %d)\n", n, got.median(), last.Width, last.Height, by, alike)
}

// lately are the PSNRs of the last pictures, in dB. Several are judged together:
// bit rates rise from a low start, and encoders leave a stale block now and then.
type lately []float64

func (l lately) add(psnr float64) lately {
	l = append(l, psnr)
	return l[max(0, len(l)-3):]
}

func (l lately) median() float64 { return slices.Sorted(slices.Values(l))[len(l)/2] }
func (l lately) alike() bool     { return len(l) == 3 && l.median() >= alike }

// figures has the page carry out a verb of this test, and takes what it reports.
func figures(t *testing.T, ctx context.Context, b *browser.Peer, verb string, args, into any) {
	t.Helper()
	mark := b.Reports.Len()
	if err := b.Do(ctx, verb, args); err != nil {
		t.Fatal(err)
	}
	r, _, err := b.Reports.Wait(ctx, mark, func(r browser.Report) bool { return r.Figures != nil })
	if err == nil {
		err = json.Unmarshal(r.Figures, into)
	}
	if err != nil {
		t.Fatalf("%s in the browser: %v", verb, err)
	}
}
