package bidi

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// seen returns what Fyne draws of s, from left to right: go-text's runs in the order
// in which they are read, each cut again where the font changes, and those from the
// right turned around. one says which characters share a font.
func seen(t *testing.T, s string, one func(r rune) int) string {
	t.Helper()
	var p bidi.Paragraph
	if _, err := p.SetString(s, bidi.DefaultDirection(bidi.LeftToRight)); err != nil {
		t.Fatal(err)
	}
	o, err := p.Order()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i := range o.NumRuns() {
		run := o.Run(i)
		for part := range fonts([]rune(run.String()), one) {
			if run.Direction() == bidi.RightToLeft {
				part = []rune(turn(string(part)))
			}
			out.WriteString(Plain(string(part)))
		}
	}
	return out.String()
}

// turn mirrors, and keeps marks behind their letters for the reader of this file.
func turn(s string) string {
	var clusters []string
	for _, r := range bidi.ReverseString(s) {
		clusters = append(clusters, string(r))
	}
	for i := 1; i < len(clusters); i++ {
		if unicode.Is(unicode.M, []rune(clusters[i-1])[0]) {
			clusters[i-1], clusters[i] = clusters[i], clusters[i-1]
		}
	}
	return strings.Join(clusters, "")
}

func fonts(s []rune, one func(r rune) int) func(yield func([]rune) bool) {
	return func(yield func([]rune) bool) {
		from, font := 0, -1
		for i, r := range s {
			f := one(r)
			if f == 0 {
				continue // goes with any
			}
			if font > 0 && f != font {
				if !yield(s[from:i]) {
					return
				}
				from = i
			}
			font = f
		}
		yield(s[from:])
	}
}

var fontsOf = map[string]func(r rune) int{
	"one font": func(rune) int { return 1 },
	"a font a script": func(r rune) int {
		switch {
		case unicode.In(r, unicode.Zs, unicode.Cf, unicode.Mn):
			return 0
		case unicode.Is(unicode.Hebrew, r):
			return 2
		case unicode.Is(unicode.Arabic, r):
			return 3
		}
		return 1
	},
}

func TestLineIsDrawnAsItIsRead(t *testing.T) {
	// What is wanted is written as it is seen, character by character from the left.
	for _, c := range []struct{ name, line, want string }{
		{"latin", "David (marketing)", "David (marketing)"},
		{"cyrillic, chinese, emoji", "Привет 你好 👋", "Привет 你好 👋"},
		{"hebrew", "דוד", "דוד"},
		{"hebrew, two words", "דוד לוי", "דוד לוי"},
		{"hebrew in brackets", "דוד (שיווק)", "דוד (שיווק)"},
		{"hebrew with a full stop", "שלום לכולם.", "שלום לכולם."},
		{"hebrew with points", "שָׁלוֹם!", "שָׁלוֹם!"},
		{"hebrew with a number", "כיתה 12 ב", "כיתה 12 ב"},
		{"arabic", "محمد علي", "محمد علي"},
		{"arabic with a question mark", "كيف حالك؟", "كيف حالك؟"},
		{"arabic in guillemets", "«مرحبا»", "«مرحبا»"},
		{"arabic, shortened", "محمد…", "محمد…"},
		{"arabic with an emoji", "مرحبا 👋 يا", "مرحبا 👋 يا"},
		{"arabic with a joined emoji", "مرحبا 👨‍👩‍👧", "مرحبا 👨‍👩‍👧"},
		{"brackets of all kinds", "א [ב] {ג} <ד>", "א [ב] {ג} <ד>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if RightToLeft(c.line) {
				want = mirror(c.want)
			}
			check(t, c.line, want)
		})
	}
}

// mirror writes a text that is all from the right as it is seen; numbers stay.
func mirror(s string) string {
	out := []rune(turn(s))
	for i := 0; i < len(out); i++ {
		from := i
		for i < len(out) && (unicode.IsDigit(out[i]) || out[i] == '\u200d' || out[i] > 0x1f000) {
			i++
		}
		slices.Reverse(out[from:i])
	}
	for i, r := range out {
		if to, ok := map[rune]rune{'«': '»', '»': '«', '<': '>', '>': '<'}[r]; ok {
			out[i] = to
		}
	}
	return string(out)
}

func check(t *testing.T, line, want string) {
	t.Helper()
	got := Line(line)
	for name, one := range fontsOf {
		s := seen(t, got, one)
		// ReverseString turns brackets alone; fonts turn these as well.
		if strings.ContainsAny(line, "«<") {
			s = strings.NewReplacer("«", "»", "»", "«", "<", ">", ">", "<").Replace(s)
		}
		if s != want {
			t.Errorf("with %s, Line(%q) is seen as %q, want %q (drawn from %q)", name, line, s, want, got)
		}
	}
	if again := Line(got); again != got {
		t.Errorf("Line of its own result is %q, want the same %q", again, got)
	}
}

func TestLineMixesDirections(t *testing.T) {
	// Of each word the letters are seen from the left: Hebrew ones are written backwards.
	const david, market, shalom = "דוד", "שיווק", "שלום"
	for _, c := range []struct{ name, line, want string }{
		{"hebrew name in an english sentence", Isolate(david+"!") + " raised a hand", "!" + turn(david) + " raised a hand"},
		{"the same without its isolation", "Hi " + david + "!", "Hi " + turn(david) + "!"},
		{"in brackets behind english", "Dave (" + david + ")", "Dave (" + turn(david) + ")"},
		{"brackets of a name within a sentence", "Remove " + Isolate(david+" ("+market+")") + "?", "Remove (" + turn(market) + ") " + turn(david) + "?"},
		{"english in hebrew", shalom + " Bob (Acme)!", "!Bob (Acme) " + turn(shalom)},
		{"english first", "Bob: " + shalom + " " + david + ".", "Bob: " + turn(david) + " " + turn(shalom) + "."},
		{"numbers and percent in hebrew", shalom + " 50% " + david, turn(david) + " 50% " + turn(shalom)},
		{"arabic digits and percent", "خصم ٥٠٪ اليوم", turn("اليوم") + " ٪٥٠ " + turn("خصم")},
		{"a time", "ב-10:30", "10:30-" + turn("ב")},
		{"a price", "₪12.50 " + david, turn(david) + " ₪12.50"},
		{"number beside english", david + " 12abc", "12abc " + turn(david)},
		{"number beside english, from the left", "x " + david + " 12abc", "x 12 " + turn(david) + "abc"},
		{"hebrew beside arabic", "דודمحمد", turn("محمد") + turn("דוד")},
		{"a line of two names", Isolate("محمد") + ", " + Isolate(david), turn("محمد") + ", " + turn(david)},
		{"an isolate cut short", string(fsi) + david + "…", "…" + turn(david)},
		{"only a lone end of one", david + string(pdi), turn(david)},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.line, c.want) })
	}
}

func TestLineOfLatin_allocatesNothing(t *testing.T) {
	for _, s := range []string{"", "David Miller", "Дмитрий", "田中 さくら 👋", "é … — «»"} {
		if n := testing.AllocsPerRun(100, func() {
			if Line(s) != s || LineOf(s, false) != s || Isolate(s) != s {
				t.Errorf("%q is changed", s)
			}
		}); n != 0 {
			t.Errorf("Line(%q) allocates %v times, want 0", s, n)
		}
	}
}

func TestLevels_agreeWithTheLibrarysWhereItPairsNoBrackets(t *testing.T) {
	alphabet := []rune("ab אב مح 12 ٣٤ .,:+-%$!? \u05b8\u200e\u200f")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		s := make([]rune, 1+r.IntN(12))
		for i := range s {
			s[i] = alphabet[r.IntN(len(alphabet))]
		}
		var p bidi.Paragraph
		if _, err := p.SetString(string(s)); err != nil {
			t.Fatal(err)
		}
		o, err := p.Order()
		if err != nil {
			t.Fatal(err)
		}
		items := parse(s)
		resolve(items, RightToLeft(string(s)))
		for i := range o.NumRuns() {
			run := o.Run(i)
			from, to := run.Pos()
			for k := from; k <= to; k++ {
				if want := run.Direction() == bidi.RightToLeft; items[k].level%2 == 1 != want {
					t.Fatalf("%q (%+q), character %d: level %d, want one from the right: %v", string(s), string(s), k, items[k].level, want)
				}
			}
		}
	}
}

func TestPieces_keepLinksWhole(t *testing.T) {
	const link = "https://example.org/a/"
	link2 := func(i int) bool { return i == 1 }
	for _, c := range []struct {
		name   string
		pieces []string
		rtl    bool
		want   []string
	}{
		{"english", []string{"see ", link, " now"}, false, []string{"see ", link, " now"}},
		{"hebrew", []string{"ראו ", link, " עכשיו."}, true, []string{"." + turn("עכשיו") + " ", link, " " + turn("ראו")}},
		{"hebrew alone behind", []string{"see ", link, " דוד!"}, false, []string{"see ", link, " " + turn("דוד") + "!"}},
		{"link in brackets", []string{"ראו (", link, ")"}, true, []string{"(", link, ") " + turn("ראו")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range Pieces(c.pieces, link2, c.rtl) {
				got = append(got, seen(t, p.Text, fontsOf["a font a script"]))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	f.Add("דוד (שיווק) \u2068محمد\u2069 12%")
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		count := func(s string) map[rune]int {
			n := map[rune]int{}
			for _, r := range s {
				if c := class(r); !slices.Contains([]bidi.Class{bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF, bidi.FSI, bidi.LRI, bidi.RLI, bidi.PDI}, c) && r != lrm && r != rlm {
					n[r]++
				}
			}
			return n
		}
		want := count(s)
		for r, n := range count(got) {
			if want[r] != n {
				t.Errorf("Line(%q) = %q: %d times %q, want %d", s, got, n, r, want[r])
			}
		}
		if len(want) != len(count(got)) {
			t.Errorf("Line(%q) = %q loses characters", s, got)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	for name, s := range map[string]string{"latin": "David Miller (marketing)", "hebrew": "דוד לוי (שיווק)"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Line(s)
			}
		})
	}
}
