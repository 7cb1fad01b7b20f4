package meeting

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/widget"

	"foyer/app/text"
	"foyer/ui/bidi"
	"foyer/ui/theme"
)

// run is a stretch of one line: plain text, code, or part of a link.
type run struct {
	text  string
	link  *url.URL
	code  bool
	width float32
}

// fixed reports whether a run is read from the left, whatever stands around it.
func (r run) fixed() bool { return r.link != nil || r.code }

func (r run) style() fyne.TextStyle { return fyne.TextStyle{Monospace: r.code} }

type line struct {
	runs  []run // from left to right
	width float32
	rtl   bool // read from the right
	block bool // of a block of code
}

// textWidth is how wide a text of the chat is drawn.
func textWidth(s string, code bool) float32 {
	return fyne.MeasureText(s, theme.TextBody(), fyne.TextStyle{Monospace: code}).Width
}

// longWord is the length in bytes from which a word is measured by its characters.
const longWord = 200

// rulers measure words and characters. Fyne shapes a text anew at each change of font,
// so that a single word of 8 KiB in three scripts, which anybody may send, kept the
// window still for half a minute; characters are measured once each.
func rulers(code bool) (word func(string) float32, char func(rune) float32) {
	known := map[rune]float32{}
	char = func(r rune) float32 {
		w, ok := known[r]
		if !ok {
			w = textWidth(string(r), code)
			known[r] = w
		}
		return w
	}
	return func(s string) float32 {
		if len(s) <= longWord {
			return textWidth(s, code)
		}
		w := float32(0)
		for _, r := range s {
			w += char(r)
		}
		return w
	}, char
}

// flow breaks a text into lines of at most width, at spaces where there are
// any, and finds its links and its code. There is always one line.
func flow(text string, width float32) []line {
	var lines []line
	for _, paragraph := range paragraphs(strings.ReplaceAll(text, "\t", "    ")) {
		now := line{block: paragraph.block}
		from := len(lines)
		add := func(s string, p piece, w float32) {
			if n := len(now.runs); n > 0 && now.runs[n-1].link == p.link && now.runs[n-1].code == p.code {
				r := &now.runs[n-1]
				now.width -= r.width
				r.text += s
				r.width = textWidth(r.text, r.code)
				now.width += r.width
				return
			}
			now.runs = append(now.runs, run{s, p.link, p.code, w})
			now.width += w
		}
		end := func() {
			lines = append(lines, now)
			now = line{block: paragraph.block}
		}
		for _, p := range paragraph.pieces() {
			measure, char := rulers(p.code)
			for _, word := range words(p.text) {
				w := measure(strings.TrimRight(word, " "))
				if now.width+w > width && now.width > 0 && strings.TrimSpace(word) != "" {
					end()
				}
				for w > width { // a word wider than the line
					n, part, next := 0, float32(0), float32(0)
					for i, r := range word {
						if i > 0 && next > width {
							break
						}
						n, part = i, next
						next += char(r)
					}
					if n == 0 {
						_, n = utf8.DecodeRuneInString(word)
						part = measure(word[:n])
					}
					if n >= len(word) {
						break
					}
					add(word[:n], p, part)
					end()
					word = word[n:]
					w = measure(word)
				}
				add(word, p, measure(word))
			}
		}
		end()
		order(lines[from:])
	}
	return lines
}

// order puts the runs of a paragraph's lines into the order in which they are seen.
// Links and code are read from the left, and stay whole.
func order(paragraph []line) {
	var all strings.Builder
	for _, l := range paragraph {
		for _, r := range l.runs {
			if !r.fixed() {
				all.WriteString(r.text)
			}
		}
	}
	if s := all.String(); bidi.Line(s) == s {
		return
	}
	rtl := bidi.RightToLeft(all.String())
	for i := range paragraph {
		l := &paragraph[i]
		logical := l.runs
		texts := make([]string, len(logical))
		for k, r := range logical {
			texts[k] = r.text
		}
		if n := len(texts); n > 0 {
			texts[n-1] = strings.TrimRight(texts[n-1], " ")
		}
		*l = line{rtl: rtl}
		for _, p := range bidi.Pieces(texts, func(k int) bool { return logical[k].fixed() }, rtl) {
			r := logical[p.Index]
			r.text, r.width = p.Text, textWidth(p.Text, r.code)
			l.runs = append(l.runs, r)
			l.width += r.width
		}
	}
}

// words cuts before each word, so that spaces stay at the end of the one before.
func words(s string) []string {
	var out []string
	from := 0
	for i := 1; i < len(s); i++ {
		if s[i-1] == ' ' && s[i] != ' ' {
			out = append(out, s[from:i])
			from = i
		}
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

type piece struct {
	text string
	link *url.URL
	code bool
}

// paragraph is a line as it was written.
type paragraph struct {
	text  string
	block bool // of code
}

const fence = "```"

// paragraphs cuts a message at its line breaks, and finds blocks of code: what stands
// between two fences that begin a line. The fences are not shown.
func paragraphs(text string) []paragraph {
	lines := strings.Split(text, "\n")
	var out []paragraph
	for i := 0; i < len(lines); i++ {
		if opensBlock(lines[i]) {
			if n := slices.IndexFunc(lines[i+1:], func(l string) bool { return strings.TrimSpace(l) == fence }); n > 0 {
				for _, l := range lines[i+1 : i+1+n] {
					out = append(out, paragraph{l, true})
				}
				i += n + 1
				continue
			}
		}
		out = append(out, paragraph{text: lines[i]})
	}
	return out
}

// opensBlock reports whether a line begins a block: a fence, and perhaps a language's name.
func opensBlock(line string) bool {
	after, ok := strings.CutPrefix(strings.TrimSpace(line), fence)
	return ok && !strings.ContainsAny(after, " `")
}

// inline is code within a line, between one or three marks.
var inline = regexp.MustCompile("```([^`]+)```|`([^`]+)`")

// pieces cuts a line into plain stretches, links and code.
func (p paragraph) pieces() []piece {
	if p.block {
		return []piece{{text: p.text, code: true}}
	}
	var out []piece
	at := 0
	for _, m := range inline.FindAllStringSubmatchIndex(p.text, -1) {
		from, to := max(m[2], m[4]), max(m[3], m[5]) // one of them is -1
		if strings.TrimSpace(p.text[from:to]) == "" {
			continue
		}
		out = append(out, pieces(p.text[at:m[0]])...)
		out = append(out, piece{text: p.text[from:to], code: true})
		at = m[1]
	}
	return append(out, pieces(p.text[at:])...)
}

// Spaces, quotes of all kinds and the stops of Chinese and Japanese end a link.
var links = regexp.MustCompile(`(?i)https?://[^\s\p{Z}\p{Cc}<>"“”„‟«»‹›「」『』《》〈〉【】（）。、，；：！？…｡､]+`)

// pieces cuts a text into plain stretches and links. Only http and https are
// links; a sentence's full stop or bracket after one is not part of it.
func pieces(s string) []piece {
	var out []piece
	at := 0
	for _, m := range links.FindAllStringIndex(s, -1) {
		from, to := m[0], m[1]
		if r, _ := utf8.DecodeLastRuneInString(s[:from]); r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			continue // of another scheme
		}
		for to > from {
			r, size := utf8.DecodeLastRuneInString(s[from:to])
			if !strings.ContainsRune(".,;:!?)]}'’‘‚‛*", r) || closes(s[from:to], r) {
				break
			}
			to -= size
		}
		u, err := url.Parse(s[from:to])
		if err != nil || u.Host == "" {
			continue
		}
		if from > at {
			out = append(out, piece{text: s[at:from]})
		}
		out = append(out, piece{text: s[from:to], link: u})
		at = to
	}
	if at < len(s) {
		out = append(out, piece{text: s[at:]})
	}
	return out
}

// closes reports whether a bracket at a link's end closes one within it.
func closes(link string, bracket rune) bool {
	opening, ok := map[rune]string{')': "(", ']': "[", '}': "{"}[bracket]
	return ok && strings.Count(link, opening) >= strings.Count(link, string(bracket))
}

// linkRun is part of a link, to be pressed.
type linkRun struct {
	base.BaseWidget
	text *canvas.Text
	rule *canvas.Rectangle
	to   *url.URL
}

func newLinkRun(text string, to *url.URL) *linkRun {
	l := &linkRun{text: canvas.NewText(text, nil), rule: canvas.NewRectangle(nil), to: to}
	l.ExtendBaseWidget(l)
	l.dress()
	return l
}

func (l *linkRun) dress() {
	l.text.Color, l.text.TextSize = theme.Color("hyperlink"), theme.TextBody()
	l.rule.FillColor = theme.Color("hyperlink")
}

// Tapped opens the link in the browser.
func (l *linkRun) Tapped(*fyne.PointEvent) {
	if err := fyne.CurrentApp().OpenURL(l.to); err != nil {
		fyne.LogError("open a link", errors.New(text.Redact(err.Error())))
	}
}

// Cursor implements desktop.Cursorable.
func (l *linkRun) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (l *linkRun) CreateRenderer() fyne.WidgetRenderer { return &linkRunRenderer{l} }

type linkRunRenderer struct{ l *linkRun }

func (r *linkRunRenderer) Layout(s fyne.Size) {
	place(r.l.text, 0, 0, s.Width, s.Height)
	place(r.l.rule, 0, s.Height-2, s.Width, 1)
}
func (r *linkRunRenderer) MinSize() fyne.Size { return r.l.text.MinSize() }
func (r *linkRunRenderer) Refresh()           { r.l.dress(); r.l.text.Refresh(); r.l.rule.Refresh() }
func (r *linkRunRenderer) Destroy()           {}
func (r *linkRunRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.l.text, r.l.rule}
}
