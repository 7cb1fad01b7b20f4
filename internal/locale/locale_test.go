package locale

import (
	"os"
	"testing"
)

func TestOnlyTheNamelessLocaleIsNamed(t *testing.T) {
	for _, c := range []struct{ all, lang, language, want string }{
		{"", "C.UTF-8", "", "en"},
		{"C.UTF-8", "de_DE.UTF-8", "", "en"},
		{"", "C.UTF-8", "fr", "fr"},
		{"", "de_DE.UTF-8", "", ""},
		{"de_DE.UTF-8", "C.UTF-8", "", ""},
		{"", "C", "", ""},
		{"", "", "", ""},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", "")
		t.Setenv("LANG", c.lang)
		t.Setenv("LANGUAGE", c.language)
		name()
		if got := os.Getenv("LANGUAGE"); got != c.want {
			t.Errorf("LC_ALL=%q LANG=%q LANGUAGE=%q: LANGUAGE becomes %q; want %q", c.all, c.lang, c.language, got, c.want)
		}
	}
}
