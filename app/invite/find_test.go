package invite

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// What mail and chat programs make of a link is read as the link.
func TestParseFindsTheLink(t *testing.T) {
	k := "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
	whole := "foyer://meet.example.org:7443/standup?code=abcdefghijklmnopqrstuvwxyz&insecure=0#fp=" + k + "&k=" + k
	plain := &Link{Host: "h", Room: "r", Code: "abc"}
	full := &Link{Host: "meet.example.org:7443", Room: "standup", Code: "abcdefghijklmnopqrstuvwxyz", Key: key, Fingerprint: key}
	local := &Link{Host: "127.0.0.1:7443", Room: "r", Insecure: true}
	for in, want := range map[string]*Link{
		"<foyer://h/r?code=abc>":                                    plain,
		"&lt;foyer://h/r?code=abc&gt;":                              plain,
		"\"foyer://h/r?code=abc\"":                                  plain,
		"'foyer://h/r?code=abc'":                                    plain,
		"„foyer://h/r?code=abc“":                                    plain,
		"“foyer://h/r?code=abc”":                                    plain,
		"‘foyer://h/r?code=abc’":                                    plain,
		"«foyer://h/r?code=abc»":                                    plain,
		"« foyer://h/r?code=abc »":                                  plain,
		"「foyer://h/r?code=abc」":                                    plain,
		"`foyer://h/r?code=abc`":                                    plain,
		"(foyer://h/r?code=abc)":                                    plain,
		"(foyer://h/r?code=abc).":                                   plain,
		"foyer://h/r?code=abc.":                                     plain,
		"foyer://h/r?code=abc,":                                     plain,
		"foyer://h/r?code=abc;":                                     plain,
		"foyer://h/r?code=abc!":                                     plain,
		"foyer://h/r?code=abc…":                                     plain,
		"foyer://h/r?code=abc。":                                     plain,
		"foyer://127.0.0.1:7443/r?insecure=1.":                      local,
		"foyer://127.0.0.1:7443/r?insecure=1, please":               local,
		"http://127.0.0.1:7443/r.":                                  local,
		"Join: foyer://h/r?code=abc":                                plain,
		"Join:foyer://h/r?code=abc now":                             plain,
		"见foyer://h/r?code=abc。谢谢":                                  plain,
		"foyer://h/r?code=abc에서 만나요":                                plain,
		"[Standup](foyer://h/r?code=abc)":                           plain,
		"[foyer://h/r?code=abc](foyer://h/r?code=abc)":              plain,
		"<a href=\"foyer://h/r?code=abc\">foyer://h/r?code=abc</a>": plain,
		"_foyer://h/r?code=abc_ or **foyer://h/r?code=abc**":        plain,
		"foyer://h/r?code=abc or https://h/r?code=abc":              plain,
		"foyer://h/r?code=abc (without the code: https://h/r)":      plain,
		"f\u00adoyer://h/r?\u200bcode=a\u2060bc\ufeff":              plain,
		"\u200ehttps://h/r?code=abc\u200f":                          plain,
		"foyer://h/r?\ncode=abc":                                    plain,
		"foyer://h/\nr?code=abc":                                    plain,
		"<foyer://h/r?code=a\nbc>":                                  plain,
		"> foyer://h/r?code\r\n> =abc":                              plain,
		"foyer://h/r?code=abc\nSee you":                             plain,
		"foyer://h/r?code=abc\nThanks":                              plain,
		"foyer://h/r?code=abc\r\n\r\n-- \r\nAda":                    plain,
		"foyer://h/r?code=abc\nAda <ada@example.org>":               plain,
		"Mail me at ada@example.org/x, join h.example.org/r2":       {Host: "h.example.org", Room: "r2"},
		"meet.example.org:7443/standup.":                            {Host: "meet.example.org:7443", Room: "standup"},
		"Come to localhost:7443/r and/or call":                      {Host: "localhost:7443", Room: "r"},
		"<meet.example.org/standup?code=abc>":                       {Host: "meet.example.org", Room: "standup", Code: "abc"},
		whole:                                                       full,
		strings.ReplaceAll(whole, "&", "&amp;"):                     full,
		strings.ReplaceAll(whole, "&", "&amp;amp;"):                 full,
		whole[:76] + "\n" + whole[76:]:                              full,
		whole[:72] + "\r\n" + whole[72:144] + "\r\n" + whole[144:]:  full,
		"> " + whole[:70] + "\n> " + whole[70:] + "\n> \n> Ada":     full,
		"https://münchen.example/raum":                              {Host: "xn--mnchen-3ya.example", Room: "raum"},
		"https://MÜNCHEN.example:8443/raum":                         {Host: "xn--mnchen-3ya.example:8443", Room: "raum"},
		"https://xn--mnchen-3ya.example/raum":                       {Host: "xn--mnchen-3ya.example", Room: "raum"},
		"https://例え.テスト/r":                                          {Host: "xn--r8jz45g.xn--zckzah", Room: "r"},
		"https://例え。テスト/r":                                          {Host: "xn--r8jz45g.xn--zckzah", Room: "r"},
		"foyer://meet.example.org./standup":                         {Host: "meet.example.org", Room: "standup"},
		"foyer://meet.example.org.:7443/standup":                    {Host: "meet.example.org:7443", Room: "standup"},
		"https://meet_1.example.org/standup":                        {Host: "meet_1.example.org", Room: "standup"},
		"https://straße.example/r":                                  {Host: "xn--strae-oqa.example", Room: "r"},
	} {
		got, err := Parse(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if !reflect.DeepEqual(got.Link, want) {
			t.Errorf("%q: %+v, want %+v", in, got.Link, want)
		}
	}
}

// One whole link broken anywhere, at any width, is that link.
func TestParseJoinsLinesAnywhere(t *testing.T) {
	want := Link{Host: "meet.example.org:7443", Room: "standup", Code: "abcdefghijklmnopqrstuvwxy2", Key: key, Fingerprint: key}
	s := want.String()
	for at := len("foyer://m"); at < len(s); at++ {
		for _, form := range []string{"%s", "<%s>", "Join:\n%s\n\nAda"} {
			got, err := Parse(strings.Replace(form, "%s", s[:at]+"\r\n"+s[at:], 1))
			if err != nil || got.Link == nil || !reflect.DeepEqual(*got.Link, want) {
				t.Errorf("broken at %d, %q: %+v, %v", at, s[:at], got.Link, err)
			}
		}
	}
}

func TestParseFindsAddressAndToken(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE5OTk5OTk5OTl9.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZy1lbm91Z2gtZm9yLTI1Ng"
	want := &Direct{URL: "wss://lk.example.org", Token: token}
	for _, in := range []string{
		"wss://lk.example.org " + token, "<wss://lk.example.org> \"" + token + "\"", "URL: wss://lk.example.org, token: " + token + ".",
		"wss://lk.example.org\n" + token[:40] + "\n" + token[40:], "wss://lk.example.org/\n\nToken:\n" + token[:76] + "\r\n" + token[76:] + "\r\n",
		"“wss://lk.example.org?access_token=" + token + "”", "wss://lk.example.org?x=1&amp;token=" + token, "wss://lk.example.org access_token=" + token,
	} {
		if got, err := Parse(in); err != nil || !reflect.DeepEqual(got.Direct, want) {
			t.Errorf("%q: %+v, %v", in, got.Direct, err)
		}
	}
}

// Where it is not clear what was meant, nobody is led anywhere.
func TestParseRefusesWhatIsUnclear(t *testing.T) {
	for _, in := range []string{
		"foyer://a/r?code=abc foyer://b/r?code=abc", "https://a/r https://a/s", "foyer://h/r?code=abc foyer://h/r?code=abd",
		"foyer://h/raumä", "foyer://h/r?insecure=yes", "foyer://h/r?code=abc#k=", "foyer://h/o\"brien", "foyer://h/r(2)", "foyer://good/r and foyer://bad",
		"see and/or that", "ada@example.org/r", "a.example/r b.example/r", "wss://a " + "eyJh.b.c wss://b eyJh.b.c", "wss://a eyJh.b.c eyJh.b.d",
		"foyer://a-.example/r", "https://xn--/r", "https://xn--a/r", "foyer://" + strings.Repeat("a", 64) + "/r", "foyer://h/r?code=a\x00bc", "https://safe.example/?u=foyer://h/r",
		"sfoyer://h/r", "https://a\u0338b.example/r/x",
	} {
		if got, err := Parse(in); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %+v, %v", in, got.Link, err)
		}
	}
}

func TestTwoLinksAreNamedAsSuch(t *testing.T) {
	for _, in := range []string{"foyer://a/r?code=abc foyer://b/r?code=abc", "https://a/r https://a/s", "a.example/r b.example/r"} {
		if _, err := Parse(in); !errors.Is(err, ErrTwoLinks) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestFindCode(t *testing.T) {
	l := Link{Host: "h", Room: "r"}
	for in, want := range map[string]string{
		"abc": "abc", " abc\n": "abc", "„abc“": "abc", "abc.": "abc", "(abc)": "abc", "Code: abc": "abc", "code=abc": "abc", "foyer://h/r?code=abc": "abc",
		"<https://h/r?code=abc>": "abc", "a\u200bbc": "abc", "foyer://other/r?code=abc": "foyer://other/r?code=abc", "two words": "two words", "": "",
	} {
		if got := l.FindCode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"https://h/r": "https://h/r", "hello there": "hello there", "a\nb": "a\nb",
		"Join us:\nhttps://h/r?code=abc\n": "foyer://h/r?code=abc", "wss://h\neyJh.b.c": "wss://h eyJh.b.c",
	} {
		if got := Tidy(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A name is shown in its own letters only where it cannot be taken for another.
func TestShownHost(t *testing.T) {
	for typed, want := range map[string]string{
		"münchen.example":        "münchen.example",
		"münchen.example:7443":   "münchen.example:7443",
		"例え.テスト":                 "例え.テスト",
		"пример.example":         "пример.example",
		"한국.example":             "한국.example",
		"việt-nam.example":       "việt-nam.example",
		"ελλάδα.example":         "ελλάδα.example",
		"דוגמה.example":          "דוגמה.example",
		"аррӏе.example":          "xn--80ak6aa92e.example", // Cyrillic all through
		"pаypal.example":         "xn--pypal-4ve.example",  // one Cyrillic letter
		"ехample.example":        "xn--ample-ywe6i.example",
		"gıthub.example":         "xn--gthub-n4a.example", // no dot on the i
		"xn--mnchen-3ya.example": "münchen.example",
		"meet.example.org":       "meet.example.org",
		"[::1]:7443":             "[::1]:7443",
	} {
		host, err := Host(typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
		} else if got := ShownHost(host); got != want {
			t.Errorf("%s, which is %s, is shown as %s, want %s", typed, host, got, want)
		}
	}
}
