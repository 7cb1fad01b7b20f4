package meeting

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"foyer/ui/bidi"
	"foyer/ui/theme"
)

func TestLinksAreFound(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"no link", nil},
		{"https://a.example", []string{"https://a.example"}},
		{"see http://a.example/x?y=1#z, then", []string{"http://a.example/x?y=1#z"}},
		{"(https://a.example/b).", []string{"https://a.example/b"}},
		{"https://a.example/wiki/Go_(language)", []string{"https://a.example/wiki/Go_(language)"}},
		{"https://a.example https://b.example", []string{"https://a.example", "https://b.example"}},
		{"javascript:alert(1) file:///etc/passwd https://", nil},
		{"<https://a.example>", []string{"https://a.example"}},
		{"https://%zz", nil},
		{"HTTPS://A.example/B and Http://c.example", []string{"HTTPS://A.example/B", "Http://c.example"}},
		{"见https://example.org/页面。谢谢", []string{"https://example.org/页面"}},
		{"“https://a.example/b”, „https://c.example“", []string{"https://a.example/b", "https://c.example"}},
		{"«https://a.example/b» ‘https://c.example/d’", []string{"https://a.example/b", "https://c.example/d"}},
		{"https://a.example/b… and https://c.example/d...", []string{"https://a.example/b", "https://c.example/d"}},
		{"（https://a.example/b）、https://c.example/d！", []string{"https://a.example/b", "https://c.example/d"}},
		{"「https://a.example/b」", []string{"https://a.example/b"}},
		{"https://a.example/b\u3000c https://d.example\u00a0e", []string{"https://a.example/b", "https://d.example"}},
		{"(see https://a.example/wiki/Go_(language)).", []string{"https://a.example/wiki/Go_(language)"}},
		{"[https://a.example/x[1]]", []string{"https://a.example/x[1]"}},
		{"**https://a.example/b**", []string{"https://a.example/b"}},
		{"https://de.example/wiki/Straße https://a.example/it’s", []string{"https://de.example/wiki/Straße", "https://a.example/it’s"}},
		{"xhttps://a.example", nil},
	} {
		var got []string
		all := ""
		for _, p := range pieces(c.text) {
			all += p.text
			if p.link != nil {
				got = append(got, p.text)
			}
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q: links %q, want %q", c.text, got, c.want)
		}
		if all != c.text {
			t.Errorf("%q became %q", c.text, all)
		}
	}
}

func TestFlowKeepsTheTextAndTheWidth(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	for _, text := range []string{
		"", " ", "one", "a few short words that need more than one line to be written down",
		strings.Repeat("x", 300), "https://example.org/" + strings.Repeat("long/", 40) + " and after",
		"first\n\nthird", "好的我们开始吧" + strings.Repeat("吧", 60), "tab\there", "Łukasz said: https://a.example/b.",
		strings.Repeat("🦊", 50),
	} {
		for _, width := range []float32{20, 120, 260} {
			lines := flow(text, width)
			if len(lines) == 0 {
				t.Errorf("%q: no line", text)
			}
			all := ""
			for _, l := range lines {
				full := ""
				for _, r := range l.runs {
					full += r.text
				}
				all += full
				if l.width > width+12 && len([]rune(strings.TrimRight(full, " "))) > 1 { // a trailing space may stick out
					t.Errorf("%q at %v: line %q is %v wide", text, width, full, l.width)
				}
			}
			want := strings.NewReplacer("\n", "", "\t", "    ").Replace(text)
			if all != want {
				t.Errorf("%q at %v became %q", text, width, all)
			}
		}
	}
}

func TestFlow_mixedLinesAreInOrderAndKeepTheirLinks(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	const link = "https://example.org/a_b/"
	lines := flow("שלום, ראו "+link+" (עכשיו)!", 1000)
	if len(lines) != 1 || !lines[0].rtl {
		t.Fatalf("%+v, want one line from the right", lines)
	}
	var texts []string
	for _, r := range lines[0].runs {
		texts = append(texts, bidi.Plain(r.text))
		if (r.link != nil) != (r.text == link) {
			t.Errorf("run %q has link %v", r.text, r.link)
		}
	}
	if len(texts) != 3 || texts[1] != link || !strings.Contains(texts[0], "עכשיו") || !strings.Contains(texts[2], "שלום") {
		t.Errorf("runs %q from the left, want the brackets, the link, the greeting", texts)
	}
	// An English line with a Hebrew name stays one from the left.
	if l := flow("see דוד: "+link, 1000); l[0].rtl || l[0].runs[len(l[0].runs)-1].text != link {
		t.Errorf("%+v, want the link last", l)
	}
	// Each line of a wrapped paragraph keeps within the width, give or take its font's rounding.
	for _, l := range flow(strings.Repeat("שלום לכולם (צוות) ", 12), 220) {
		if !l.rtl || l.width > 222 {
			t.Errorf("line %+v, want one from the right and at most 220 wide", l)
		}
	}
}

func TestFlow_findsCode(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	const wide = 2000
	for _, c := range []struct{ name, text, want string }{ // <code>, [link], {block}
		{"none", "no code", "no code"},
		{"one", "run `go test` now", "run <go test> now"},
		{"several", "`a_b` and `c`", "<a_b> and <c>"},
		{"three marks in a line", "```x y```!", "<x y>!"},
		{"a mark alone", "5` 6", "5` 6"},
		{"marks of two lines", "`a\nb`", "`a|b`"},
		{"only spaces", "` `", "` `"},
		{"a link in code is code", "`https://a.example/x` https://b.example", "<https://a.example/x> [https://b.example]"},
		{"a block", "see:\n```\nfunc a() {\n    b()\n}\n```\nok", "see:|{func a() {}|{    b()}|{}}|ok"},
		{"a block with a language and an empty line", "```go\na\n\nb\n```", "{a}|{}|{b}"},
		{"a block that does not end", "```\na", "```|a"},
		{"an empty block", "```\n```", "```|```"},
		{"right to left around code", "ראו `a b` עכשיו", "עכשיו <a b> ראו"}, // from the left
	} {
		var got []string
		for _, l := range flow(c.text, wide) {
			s := ""
			for _, r := range l.runs {
				switch {
				case l.block:
					s += r.text
				case r.code:
					s += "<" + r.text + ">"
				case r.link != nil:
					s += "[" + r.text + "]"
				default:
					s += bidi.Plain(r.text)
				}
			}
			if l.block {
				s = "{" + s + "}"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
	// A line of code that is wider than the bubble is broken, and loses nothing.
	const long = "```\nx := aVeryLongName(withArguments, that_go_on, and_on, and_on_and_on)\n```"
	all := ""
	for _, l := range flow(long, 150) {
		if !l.block || textWidth(strings.TrimRight(l.runs[0].text, " "), true) > 151 {
			t.Errorf("line %+v, want one of a block and at most 150 wide", l)
		}
		for _, r := range l.runs {
			all += r.text
		}
	}
	if all != strings.Split(long, "\n")[1] {
		t.Errorf("the code became %q", all)
	}
}

// Anybody may send a word of many fonts: it may take no longer than to measure it a few times.
func TestFlow_longWordOfManyFonts_isMeasuredOnce(t *testing.T) {
	test.NewTempApp(t)
	textWidth("aЖ你(א", false) // fonts are read
	begun := time.Now()
	textWidth(strings.Repeat("bЖ你", 1300), false)
	once := time.Since(begun)
	for _, s := range []string{strings.Repeat("aЖ你", 1300), strings.Repeat("(א", 2700)} {
		begun = time.Now()
		lines := flow(s, 280)
		if took := time.Since(begun); took > 4*once || len(lines) < 50 {
			t.Errorf("%.8s… took %v, and %v to be measured once; %d lines", s, took, once, len(lines))
		}
		for _, l := range lines {
			if l.width > 280 {
				t.Fatalf("a line of %.8s… is %v wide", s, l.width)
			}
		}
	}
}
