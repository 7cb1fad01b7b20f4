package language

import (
	"testing"

	"fyne.io/fyne/v2/lang"

	_ "foyer/internal/locale" // as the program has it
)

// desktop sets the locale of the desktop, as POSIX has it.
func desktop(t *testing.T, language, all, messages, lang string) {
	t.Helper()
	t.Setenv("LANGUAGE", language)
	t.Setenv("LC_ALL", all)
	t.Setenv("LC_MESSAGES", messages)
	t.Setenv("LANG", lang)
}

func TestTheDesktopOrThePreferenceRules(t *testing.T) {
	if !Selectable {
		t.Skip("the language is the system's alone here")
	}
	for _, c := range []struct{ language, all, messages, lang, preference, want string }{
		{"", "", "", "de_DE.UTF-8", System, "Einstellungen"},
		{"", "", "fr_CA.UTF-8", "de_DE.UTF-8", System, "Paramètres"},
		{"", "es_MX.UTF-8", "fr_FR.UTF-8", "de_DE.UTF-8", System, "Ajustes"},
		{"ja:en", "", "", "de_DE.UTF-8", System, "設定"},
		{"nl:hi", "", "", "nl_NL.UTF-8", System, "सेटिंग"},
		{"", "", "", "pt_PT.UTF-8", System, "Configurações"},
		{"", "", "", "pt_BR.UTF-8", System, "Configurações"},
		{"", "", "", "zh_CN.UTF-8", System, "设置"},
		{"", "", "", "zh_SG.UTF-8", System, "设置"},
		{"", "", "", "en_GB.UTF-8", System, "Settings"},
		{"", "", "", "nl_NL.UTF-8", System, "Settings"},
		{"", "", "", "de_DE.UTF-8", "en", "Settings"},
		{"fr", "", "", "fr_FR.UTF-8", "de", "Einstellungen"},
		{"", "", "", "en_US.UTF-8", "zh", "设置"},
		{"", "", "", "en_US.UTF-8", "pt", "Configurações"},
		{"", "", "", "en_US.UTF-8", "hi", "सेटिंग"},
	} {
		desktop(t, c.language, c.all, c.messages, c.lang)
		if err := Use(c.preference); err != nil {
			t.Fatal(err)
		}
		if got := lang.L("Settings"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		// Fyne's own words come from Foyer where Fyne has none.
		if c.want == "設定" && lang.L("Yes") != "はい" {
			t.Errorf("%+v: yes is %q", c, lang.L("Yes"))
		}
	}
}

func TestNumbersRuleTheForm(t *testing.T) {
	for _, c := range []struct {
		code string
		n    int
		want string
	}{
		{"en", 1, "1 layer"}, {"en", 3, "3 layers"}, {"de", 1, "1 Ebene"}, {"de", 0, "0 Ebenen"},
		{"fr", 0, "0 couche"}, {"fr", 2, "2 couches"}, {"es", 1, "1 capa"}, {"es", 2, "2 capas"}, {"pt", 1, "1 camada"},
		{"zh", 1, "1 层"}, {"zh", 2, "2 层"}, {"ja", 1, "1 レイヤー"}, {"hi", 1, "1 परत"}, {"hi", 5, "5 परतें"},
	} {
		desktop(t, c.code, "", "", c.code)
		if err := Use(System); err != nil {
			t.Fatal(err)
		}
		if got := lang.N("{{.Count}} layers", c.n, map[string]any{"Count": c.n}); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.code, c.n, got, c.want)
		}
	}
}
