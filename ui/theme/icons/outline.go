//go:build ignore

// Outline draws Foyer's icons: each is written here as strokes on a 24 by 24
// grid and saved as filled outlines, because Fyne recolours fills only.
//
//	go run outline.go
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

const width = 1.8 // of a stroke

// gap is how far strokes keep from the slash of an "off" icon.
const gap = 2.1

var icons = map[string]string{
	"microphone":      mic,
	"microphone-off":  mic + slash,
	"camera":          cam,
	"camera-off":      cam + slash,
	"share":           "rect 2.5 4 19 13 2.5; path M8.5 20.6 L15.5 20.6; path M12 14 L12 7.6; path M9 10.3 L12 7.3 L15 10.3",
	"stop-share":      "rect 2.5 4 19 13 2.5; path M8.5 20.6 L15.5 20.6; path M9.6 8.1 L14.4 12.9; path M14.4 8.1 L9.6 12.9",
	"chat":            "path M6 4 L18 4 C19.9 4 21 5.1 21 7 L21 13.6 C21 15.5 19.9 16.6 18 16.6 L11.4 16.6 L7 20.4 L7 16.6 L6 16.6 C4.1 16.6 3 15.5 3 13.6 L3 7 C3 5.1 4.1 4 6 4 Z; path M7.8 8.7 L16.2 8.7; path M7.8 12 L13 12",
	"people":          "circle 9 8.2 3.4; path M2.8 19.6 C2.8 15.9 5.4 13.9 9 13.9 C12.6 13.9 15.2 15.9 15.2 19.6; arc 16 8.2 3.1 -80 80; path M17.6 14.1 C20 14.6 21.5 16.5 21.5 19.4",
	"person":          "circle 12 8 3.9; path M4.6 20.2 C4.6 16.2 7.6 14 12 14 C16.4 14 19.4 16.2 19.4 20.2",
	"person-remove":   "circle 9.4 8 3.6; path M2.8 19.8 C2.8 16 5.6 13.9 9.4 13.9 C13.2 13.9 16 16 16 19.8; path M16.4 9.6 L21.4 9.6",
	"hand":            "path M7.2 13.4 L7.2 6.4 C7.2 4.6 9.9 4.6 9.9 6.4 L9.9 11; path M9.9 6.4 L9.9 4.5 C9.9 2.7 12.6 2.7 12.6 4.5 L12.6 11; path M12.6 5.4 C12.6 3.6 15.3 3.6 15.3 5.4 L15.3 11; path M15.3 8 C15.3 6.2 18 6.2 18 8 L18 14.5 C18 18.6 15.6 21.2 12 21.2 C9.2 21.2 7.8 20 6.6 18 L4 13.9 C3 12.3 5 10.8 6.3 12.3 L7.2 13.4",
	"more":            "dot 5 12 1.7; dot 12 12 1.7; dot 19 12 1.7",
	"more-vertical":   "dot 12 5 1.7; dot 12 12 1.7; dot 12 19 1.7",
	"leave":           "fill M12 8.4 C8.6 8.4 5.4 9.3 2.9 11 C2.2 11.5 1.9 12.3 2.1 13.1 L2.6 15.1 C2.8 15.9 3.6 16.4 4.4 16.2 L7.6 15.4 C8.4 15.2 8.9 14.6 8.9 13.8 L8.9 12.2 C10.9 11.6 13.1 11.6 15.1 12.2 L15.1 13.8 C15.1 14.6 15.6 15.2 16.4 15.4 L19.6 16.2 C20.4 16.4 21.2 15.9 21.4 15.1 L21.9 13.1 C22.1 12.3 21.8 11.5 21.1 11 C18.6 9.3 15.4 8.4 12 8.4 Z",
	"copy":            "rect 8.5 8.5 12 12 2.6; path M15.4 5.2 C15.2 4.1 14.4 3.5 13.2 3.5 L6.1 3.5 C4.5 3.5 3.5 4.5 3.5 6.1 L3.5 13.2 C3.5 14.4 4.1 15.2 5.2 15.4",
	"link":            "path M10 13.9 C11.6 15.9 14.3 16 16 14.3 L19.4 10.9 C21.2 9.1 21.2 6.4 19.5 4.6 C17.7 2.9 15 2.9 13.2 4.6 L11.6 6.2; path M14 10.1 C12.4 8.1 9.7 8 8 9.7 L4.6 13.1 C2.8 14.9 2.8 17.6 4.5 19.4 C6.3 21.1 9 21.1 10.8 19.4 L12.4 17.8",
	"settings":        "path M3.5 6.5 L12 6.5; path M18 6.5 L20.5 6.5; circle 15 6.5 2.2; path M3.5 12 L5 12; path M11 12 L20.5 12; circle 8 12 2.2; path M3.5 17.5 L12 17.5; path M18 17.5 L20.5 17.5; circle 15 17.5 2.2",
	"fullscreen":      "path M4 9 L4 5.5 C4 4.5 4.5 4 5.5 4 L9 4; path M15 4 L18.5 4 C19.5 4 20 4.5 20 5.5 L20 9; path M20 15 L20 18.5 C20 19.5 19.5 20 18.5 20 L15 20; path M9 20 L5.5 20 C4.5 20 4 19.5 4 18.5 L4 15",
	"fullscreen-exit": "path M9 4 L9 7.5 C9 8.5 8.5 9 7.5 9 L4 9; path M20 9 L16.5 9 C15.5 9 15 8.5 15 7.5 L15 4; path M15 20 L15 16.5 C15 15.5 15.5 15 16.5 15 L20 15; path M4 15 L7.5 15 C8.5 15 9 15.5 9 16.5 L9 20",
	"pin":             pin,
	"unpin":           pin + slash,
	"speaker":         speaker + "; arc 13 12 3.6 -48 48; arc 13 12 7.4 -48 48",
	"speaker-off":     speaker + "; path M16 9.5 L21 14.5; path M21 9.5 L16 14.5",
	"statistics":      "path M3.8 20 L20.2 20; path M6.4 16 L6.4 12.4; path M12 16 L12 4.6; path M17.6 16 L17.6 9",
	"chevron-up":      "path M6 15 L12 9 L18 15",
	"chevron-down":    "path M6 9 L12 15 L18 9",
	"chevron-left":    "path M15 6 L9 12 L15 18",
	"chevron-right":   "path M9 6 L15 12 L9 18",
	"close":           "path M6 6 L18 18; path M18 6 L6 18",
	"send":            "path M4.2 5.2 C4 4.3 4.7 3.8 5.5 4.2 L20 11.2 C20.8 11.6 20.8 12.4 20 12.8 L5.5 19.8 C4.7 20.2 4 19.7 4.2 18.8 L5.8 12 Z; path M5.8 12 L12.5 12",
	"check":           "path M4.5 12.6 L9.6 17.6 L19.5 7",
	"warning":         "path M12 3.8 C12.7 3.8 13.3 4.2 13.6 4.8 L21 17.8 C21.7 19 20.9 20.3 19.5 20.3 L4.5 20.3 C3.1 20.3 2.3 19 3 17.8 L10.4 4.8 C10.7 4.2 11.3 3.8 12 3.8 Z; path M12 9.4 L12 13.4; dot 12 16.7 1.15",
	"information":     "circle 12 12 8.8; path M12 11.4 L12 16.2; dot 12 8 1.15",
	"question":        "circle 12 12 8.8; path M9.5 9.6 C9.5 6.6 14.5 6.6 14.5 9.7 C14.5 11.7 12 11.7 12 13.6; dot 12 16.5 1.1",
	"qr":              "rect 3.5 3.5 6.6 6.6 1.4; rect 13.9 3.5 6.6 6.6 1.4; rect 3.5 13.9 6.6 6.6 1.4; dot 14.8 14.8 1.2; dot 19.6 14.8 1.2; dot 17.2 17.2 1.2; dot 14.8 19.6 1.2; dot 19.6 19.6 1.2",
	"host":            "path M4.6 17.4 L3.2 7.4 L8.2 11.4 L12 4.8 L15.8 11.4 L20.8 7.4 L19.4 17.4 Z; path M5 20.4 L19 20.4",
	"lock":            "rect 4.8 10.5 14.4 10 2.6; path M8 10.5 L8 7.4 C8 2 16 2 16 7.4 L16 10.5; dot 12 15.5 1.4",
	"search":          "circle 10.6 10.6 6.4; path M15.4 15.4 L20.4 20.4",
	"sun":             "circle 12 12 3.9; path M12 2.8 L12 4.4; path M12 19.6 L12 21.2; path M2.8 12 L4.4 12; path M19.6 12 L21.2 12; path M5.5 5.5 L6.6 6.6; path M17.4 17.4 L18.5 18.5; path M18.5 5.5 L17.4 6.6; path M6.6 17.4 L5.5 18.5",
	"moon":            "path M20 14.4 C18.8 15 17.5 15.2 16.2 15 C11.9 14.6 8.7 10.8 9.1 6.5 C9.2 5.4 9.5 4.4 10 3.6 C5.9 4.6 3.1 8.5 3.6 12.7 C4.1 17.3 8.3 20.7 12.9 20.2 C16.2 19.8 18.9 17.5 20 14.4 Z",
	"keyboard":        "rect 2.5 5.5 19 13 2.6; dot 6.6 9.6 1.05; dot 10.2 9.6 1.05; dot 13.8 9.6 1.05; dot 17.4 9.6 1.05; path M8 14.4 L16 14.4",
	"clock":           "circle 12 12 8.8; path M12 7 L12 12.2 L15.4 14.2",
	"plus":            "path M12 4.5 L12 19.5; path M4.5 12 L19.5 12",
	"play":            "path M8 5.2 L18.4 12 L8 18.8 Z",
	"record":          "circle 12 12 8.4; dot 12 12 4.2",
	"pause":           "path M8.6 5.4 L8.6 18.6; path M15.4 5.4 L15.4 18.6",
	"refresh":         "arc 12 12 7.6 -20 300; path M19.7 4.6 L19.4 9.2 L14.9 8.8",
	"trash":           "path M4.5 6.8 L19.5 6.8; path M9 6.6 C9 2.8 15 2.8 15 6.6; path M6.4 6.8 L7.2 18.6 C7.3 19.8 8 20.4 9.2 20.4 L14.8 20.4 C16 20.4 16.7 19.8 16.8 18.6 L17.6 6.8",
	"video":           "rect 2.8 4.6 18.4 14.8 2.8; path M10 9 L15 12 L10 15 Z",
	"person-plus":     "circle 9.4 8 3.6; path M2.8 19.8 C2.8 16 5.6 13.9 9.4 13.9 C13.2 13.9 16 16 16 19.8; path M16.4 9.6 L21.4 9.6; path M18.9 7.1 L18.9 12.1",
}

const (
	mic     = "rect 8.6 2.9 6.8 11.4 3.4; path M5 11.3 C5 15.4 8 18 12 18 C16 18 19 15.4 19 11.3; path M12 18 L12 21.2"
	cam     = "rect 2.6 6 12.8 12 2.8; path M15.4 10.7 L20.1 7.7 C20.8 7.3 21.4 7.6 21.4 8.4 L21.4 15.6 C21.4 16.4 20.8 16.7 20.1 16.3 L15.4 13.3"
	pin     = "path M8.6 3.6 L15.4 3.6; path M9.6 3.6 L9.6 9.6 C7.6 10.4 6.4 12 6.2 14.2 L17.8 14.2 C17.6 12 16.4 10.4 14.4 9.6 L14.4 3.6; path M12 14.2 L12 20.6"
	speaker = "path M3.4 9.8 L6.4 9.8 L10.8 5.8 L10.8 18.2 L6.4 14.2 L3.4 14.2 Z"
	slash   = "; slash 3.6 3.6 20.4 20.4"
)

type point struct{ x, y float64 }

func (p point) sub(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) add(q point) point   { return point{p.x + q.x, p.y + q.y} }
func (p point) mul(f float64) point { return point{p.x * f, p.y * f} }
func (p point) length() float64     { return math.Hypot(p.x, p.y) }
func (p point) unit() point         { return p.mul(1 / p.length()) }
func (p point) left() point         { return point{p.y, -p.x} }
func (p point) dot(q point) float64 { return p.x*q.x + p.y*q.y }

func main() {
	for name, ops := range icons {
		svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path d="` + draw(ops) + `"/></svg>` + "\n"
		if err := os.WriteFile(name+".svg", []byte(svg), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func draw(ops string) string {
	var lines [][]point
	var fills []string
	var cut []point
	for _, op := range strings.Split(ops, ";") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(op), " ")
		switch verb {
		case "path":
			lines = append(lines, path(rest)...)
		case "fill":
			fills = append(fills, rest)
		case "circle":
			n := numbers(rest)
			lines = append(lines, arc(n[0], n[1], n[2], 0, 180), arc(n[0], n[1], n[2], 180, 360))
		case "arc":
			n := numbers(rest)
			lines = append(lines, arc(n[0], n[1], n[2], n[3], n[4]))
		case "dot":
			n := numbers(rest)
			fills = append(fills, polygon(arc(n[0], n[1], n[2], 0, 345)))
		case "rect":
			n := numbers(rest)
			lines = append(lines, rounded(n[0], n[1], n[2], n[3], n[4]))
		case "slash":
			n := numbers(rest)
			cut = []point{{n[0], n[1]}, {n[2], n[3]}}
		default:
			panic(op)
		}
	}
	if cut != nil {
		var kept [][]point
		for _, l := range lines {
			kept = append(kept, clear(dense(l), cut)...)
		}
		lines = append(kept, cut)
	}
	for _, l := range lines {
		for _, run := range smooth(l) {
			fills = append(fills, outline(run))
		}
	}
	return strings.Join(fills, " ")
}

func numbers(s string) []float64 {
	var out []float64
	for _, f := range strings.Fields(s) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			panic(err)
		}
		out = append(out, v)
	}
	return out
}

func arc(cx, cy, r, from, to float64) []point {
	n := int(math.Ceil(math.Abs(to-from) / 15))
	var out []point
	for i := 0; i <= n; i++ {
		a := (from + (to-from)*float64(i)/float64(n)) * math.Pi / 180
		out = append(out, point{cx + r*math.Cos(a), cy + r*math.Sin(a)})
	}
	return out
}

func rounded(x, y, w, h, r float64) []point {
	var out []point
	out = append(out, arc(x+w-r, y+r, r, -90, 0)...)
	out = append(out, arc(x+w-r, y+h-r, r, 0, 90)...)
	out = append(out, arc(x+r, y+h-r, r, 90, 180)...)
	out = append(out, arc(x+r, y+r, r, 180, 270)...)
	return append(out, out[0])
}

// path reads absolute M, L, C and Z.
func path(d string) [][]point {
	var lines [][]point
	var cur []point
	f := strings.Fields(strings.NewReplacer("M", " M ", "L", " L ", "C", " C ", "Z", " Z ").Replace(d))
	num := func(i int) float64 { return numbers(f[i])[0] }
	for i := 0; i < len(f); {
		switch f[i] {
		case "M":
			if cur != nil {
				lines = append(lines, cur)
			}
			cur = []point{{num(i + 1), num(i + 2)}}
			i += 3
		case "L":
			cur = append(cur, point{num(i + 1), num(i + 2)})
			i += 3
		case "C":
			a, b := cur[len(cur)-1], point{num(i + 1), num(i + 2)}
			c, e := point{num(i + 3), num(i + 4)}, point{num(i + 5), num(i + 6)}
			const n = 8
			for k := 1; k <= n; k++ {
				t := float64(k) / n
				u := 1 - t
				cur = append(cur, a.mul(u*u*u).add(b.mul(3*u*u*t)).add(c.mul(3*u*t*t)).add(e.mul(t*t*t)))
			}
			i += 7
		case "Z":
			cur = append(cur, cur[0])
			i++
		default:
			panic(d)
		}
	}
	return append(lines, cur)
}

// dense splits long segments so that they can be cut.
func dense(l []point) []point {
	out := []point{l[0]}
	for _, p := range l[1:] {
		from := out[len(out)-1]
		n := int(math.Ceil(p.sub(from).length() / 0.2))
		for i := 1; i <= n; i++ {
			out = append(out, from.add(p.sub(from).mul(float64(i)/float64(n))))
		}
	}
	return out
}

// clear drops what lies too near the cut.
func clear(l, cut []point) [][]point {
	dir := cut[1].sub(cut[0])
	far := func(p point) bool {
		t := math.Max(0, math.Min(1, p.sub(cut[0]).dot(dir)/dir.dot(dir)))
		return p.sub(cut[0].add(dir.mul(t))).length() > gap
	}
	var out [][]point
	var run []point
	for _, p := range l {
		if far(p) {
			run = append(run, p)
			continue
		}
		if len(run) > 1 {
			out = append(out, run)
		}
		run = nil
	}
	if len(run) > 1 {
		out = append(out, run)
	}
	return out
}

// smooth splits a line at its corners; the round ends of the runs join them.
func smooth(l []point) [][]point {
	var pts []point
	for _, p := range l {
		if len(pts) == 0 || p.sub(pts[len(pts)-1]).length() > 1e-6 {
			pts = append(pts, p)
		}
	}
	// Straight stretches need their ends only.
	thin := pts[:1:1]
	for i := 1; i < len(pts); i++ {
		if i+1 < len(pts) {
			a, b := pts[i].sub(thin[len(thin)-1]).unit(), pts[i+1].sub(pts[i]).unit()
			if a.dot(b) > 0.99999 {
				continue
			}
		}
		thin = append(thin, pts[i])
	}
	pts = thin
	var out [][]point
	start := 0
	for i := 1; i+1 < len(pts); i++ {
		a, b := pts[i].sub(pts[i-1]).unit(), pts[i+1].sub(pts[i]).unit()
		if a.dot(b) < 0.8 {
			out = append(out, pts[start:i+1])
			start = i
		}
	}
	return append(out, pts[start:])
}

func outline(l []point) string {
	const h = width / 2
	n := len(l)
	normal := func(i int) point {
		var d point
		if i > 0 {
			d = d.add(l[i].sub(l[i-1]).unit())
		}
		if i+1 < n {
			d = d.add(l[i+1].sub(l[i]).unit())
		}
		d = d.unit()
		return d.left()
	}
	var out []point
	for i := 0; i < n; i++ {
		out = append(out, l[i].add(normal(i).mul(h)))
	}
	turn := func(c, from point) {
		a := math.Atan2(from.y, from.x)
		for k := 1; k < 8; k++ {
			t := a + math.Pi*float64(k)/8
			out = append(out, c.add(point{math.Cos(t), math.Sin(t)}.mul(h)))
		}
	}
	turn(l[n-1], normal(n-1))
	for i := n - 1; i >= 0; i-- {
		out = append(out, l[i].add(normal(i).mul(-h)))
	}
	turn(l[0], normal(0).mul(-1))
	return polygon(out)
}

func polygon(l []point) string {
	var b strings.Builder
	for i, p := range l {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(num(p.x) + " " + num(p.y))
	}
	b.WriteByte('Z')
	return b.String()
}

func num(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }
