package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"plain", "Ada Lovelace", "Ada Lovelace"},
		{"spaces", "  Ada \t\u00a0\u3000 Lovelace  ", "Ada Lovelace"},
		{"line breaks", "Ada\r\nLove\u2028lace\u0085x\vy", "Ada Love lace x y"},
		{"escape sequences", "\x1b[31mAda\x1b[0m\x00\x7f\u009b", "[31mAda[0m"},
		{"bidi controls", "\u202eada\u2066\u2069\u200e\u200f\u061c", "ada"},
		{"zero width", "\u200bA\u2060d\ufeffa\u00ad\u034f", "Ada"},
		{"nothing visible", "\u200b\u2800\u3164\uffa0\u115f\u1160\u17b4\u180e\u2063\U000e0041\ufe0f\U000e0100\U0001d159\U00013441", ""},
		{"only joiners", "\u200d\u200c\u200d", ""},
		{"only marks", strings.Repeat("\u0301", 79), ""},
		{"marks after a space", "a \u0301\u0302 b", "a b"},
		{"towers", "Z" + strings.Repeat("\u0335", 79) + "a" + strings.Repeat("\u0e49", 20), "Z" + strings.Repeat("\u0335", 4) + "a" + strings.Repeat("\u0e49", 4)},
		{"private and unassigned", "a\ue000\U000f0000\u0378\uffffb", "ab"},
		{"invalid", "a\xff\xed\xa0\x80b\xc3", "ab"},
		{"replacement", "a\ufffdb\ufffc", "ab"},
		{"normalised over what is dropped", "e\u200b\u0301", "é"},
		{"family", "👨\u200d👩\u200d👧\u200d👦 Ada", "👨\u200d👩\u200d👧\u200d👦 Ada"},
		{"skin tone and joiner", "👩🏽\u200d💻", "👩🏽\u200d💻"},
		{"heart on fire", "❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"},
		{"keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		{"flag", "🇩🇪", "🇩🇪"},
		{"tagged flag", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"},
		{"hidden text in tags", "🏴\U000e0068\U000e0069\U000e007f", "🏴"},
		{"style of a letter", "a\ufe0fb\ufe0e1\ufe0f", "ab1"},
		{"joiner between others", "a\u200db\u200c👨\u200da", "ab👨a"},
		{"Persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"Sinhala", "ශ්\u200dරී", "ශ්\u200dරී"},
		{"joiner at the end", "شکر\u200c", "شکر"},
		{"joiners in a row", "م\u200c\u200c\u200cم", "م\u200cم"},
		{"Japanese name", "葛\U000e0100城", "葛\U000e0100城"},
		{"Vietnamese", "Nguye\u0302\u0303n", "Nguyễn"},
		{"Burmese", "ကျွန်ုပ်", "ကျွန်ုပ်"},
		{"Thai", "น้ำผึ้ง", "น้ำผึ้ง"},
		{"long", strings.Repeat("x", 500), strings.Repeat("x", 80)},
		{"long by marks", strings.Repeat("x\u0335\u0336", 80), strings.Repeat("x\u0335\u0336", 26)},
		{"cut between clusters", strings.Repeat("x", 79) + "👩🏽\u200d💻", strings.Repeat("x", 79)},
		{"cut before a space", strings.Repeat("x", 79) + "  y", strings.Repeat("x", 79)},
	} {
		if got := Name(c.in); got != c.want {
			t.Errorf("%s: Name(%+q) = %+q, want %+q", c.what, c.in, got, c.want)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		what, in string
		max      int
		want     string
	}{
		{"lines", "a\r\nb\rc\n\td", 100, "a\nb\nc\n\td"},
		{"indentation", "if {\n    x  y\n}", 100, "if {\n    x  y\n}"},
		{"many empty lines", "a" + strings.Repeat(" \n\t\u200b\n", 50) + "b", 100, "a\n\n\nb"},
		{"towers", "a" + strings.Repeat("\u0301", 50), 100, "á\u0301\u0301\u0301\u0301"},
		{"long", "aä👩🏽\u200d💻", 10, "aä"},
		{"long in a word", strings.Repeat("ä", 10), 5, "ää"},
		{"nothing", " \n\u200b\n ", 10, ""},
		{"no room", "abc", 0, ""},
	} {
		if got := Body(c.in, c.max); got != c.want {
			t.Errorf("%s: Body(%+q, %d) = %+q, want %+q", c.what, c.in, c.max, got, c.want)
		}
	}
	if got := Line("a b c", -1); got != "" {
		t.Errorf("a line without room is %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"Ada", "\x1b[31m\u202e\u200b", "Z\u0335\u0336\u0337\u0338\u0334", "👨\u200d👩\u200d👧\ufe0f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"می\u200cخواهم", "ශ්\u200dරී", "葛\U000e0100\U000e0101", "1\ufe0f\u20e3", "🇩🇪🇫", "a \u0301\n\n\n\n\u0301", "\u1100\u0300\u0300\u0300\u0300\u0300\u1161", "\xff\xfe",
		"\u2194\u200d\u2194\u0338", "\u0dd9\u0ddc\u0dcf", "\u0958\u0344\u0340", "\u2194\u0338\u200d👨", "\U0001d160",
	} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(0, min(n, 4096))
		line, name, body := Line(s, n), Name(s), Body(s, n)
		for _, got := range []string{line, name, body} {
			if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) {
				t.Fatalf("%+q gives %+q: not valid and normal", s, got)
			}
			if got != strings.TrimSpace(got) {
				t.Fatalf("%+q gives %+q: spaces at the ends", s, got)
			}
			marks := 0
			some := false
			for _, c := range got {
				switch {
				case unicode.Is(unicode.Variation_Selector, c), unicode.IsSpace(c), joins(c), isTag(c):
				case unicode.Is(unicode.M, c):
					if marks++; marks > marksMax {
						t.Fatalf("%+q gives %+q: a tower", s, got)
					}
				default:
					marks, some = 0, true
				}
				if unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c) {
					t.Fatalf("%+q gives %+q: controls", s, got)
				}
			}
			if got != "" && !some {
				t.Fatalf("%+q gives %+q: nothing to see", s, got)
			}
		}
		if strings.ContainsAny(line+name, "\n\t\r") || strings.Contains(line, "  ") {
			t.Fatalf("%+q gives %+q and %+q: not one line", s, line, name)
		}
		if utf8.RuneCountInString(line) > n || utf8.RuneCountInString(name) > NameMax || len(body) > n {
			t.Fatalf("%+q gives too much for %d: %+q, %+q", s, n, line, body)
		}
		if strings.Contains(body, "\n\n\n\n") {
			t.Fatalf("%+q gives %+q: too many empty lines", s, body)
		}
		if again := Line(line, n); again != line {
			t.Fatalf("%+q gives %+q, and again %+q", s, line, again)
		}
		if again := Name(name); again != name {
			t.Fatalf("%+q gives %+q, and again %+q", s, name, again)
		}
		if again := Body(body, n); again != body {
			t.Fatalf("%+q gives %+q, and again %+q", s, body, again)
		}
	})
}
