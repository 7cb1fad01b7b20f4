// Package locale keeps Fyne from complaining at every start, of `foyer serve`
// too, about the locale that containers have: C.UTF-8 names no language.
//
// It must be initialised before fyne.io/fyne/v2/lang, which reads the locale in
// its init: Go initialises packages that are ready in the order of their import
// paths, and this one imports nothing that is late.
package locale

import (
	"os"
	"strings"
)

func init() { name() }

// name gives the locale C.UTF-8 a language, by GNU gettext's variable for that.
func name() {
	for _, v := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		l := os.Getenv(v)
		if l == "" {
			continue
		}
		if strings.HasPrefix(l, "C.") && os.Getenv("LANGUAGE") == "" {
			_ = os.Setenv("LANGUAGE", "en") // fails for wrong names only
		}
		return
	}
}
