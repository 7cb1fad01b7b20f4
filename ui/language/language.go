package language

import (
	"fmt"
	"os"
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"foyer/assets"
)

// Language is one that the window can speak.
type Language struct {
	Code string // ISO 639
	Name string // in itself
}

// All are the languages, with the one of the keys first.
var All = []Language{
	{"en", "English"}, {"de", "Deutsch"}, {"es", "Español"}, {"fr", "Français"}, {"pt", "Português"},
	{"zh", "中文"}, {"ja", "日本語"}, {"hi", "हिन्दी"},
}

// System is the preference for the language of the desktop.
const System = ""

// Selectable says that Use follows a preference. Elsewhere Fyne asks the system
// for the language, and nothing else.
const Selectable = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// locales are Fyne's names for a code, where those are not the code itself: the
// first is the one that is asked for. Fyne has its own words in each.
var locales = map[string][]string{"zh": {"zh_Hans"}, "pt": {"pt", "pt_BR"}}

// Use makes the window speak the language of the desktop (System), or one that
// is preferred by its code. Call it once, before there is any text. It sets
// LANGUAGE for this process: Fyne looks there, for words and for fonts.
func Use(preference string) error {
	if preference != System && Selectable {
		code := preference
		if code == "zh" {
			code = "zh_CN" // as fonts know it
		}
		if err := os.Setenv("LANGUAGE", code); err != nil {
			return fmt.Errorf("prefer a language: %w", err)
		}
	}
	for _, l := range All {
		text, err := assets.Translations.ReadFile("translations/base." + l.Code + ".json")
		if err != nil {
			return fmt.Errorf("read translations: %w", err)
		}
		names := locales[l.Code]
		if names == nil {
			names = []string{l.Code}
		}
		for _, n := range names {
			if err := lang.AddTranslations(fyne.NewStaticResource("foyer."+n+".json", text)); err != nil {
				return fmt.Errorf("read translations into %s: %w", n, err)
			}
		}
	}
	return nil
}
