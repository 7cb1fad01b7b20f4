package motion

import (
	"sync/atomic"

	"fyne.io/fyne/v2"
)

// Preferences, as settings keep them.
const (
	System  = ""        // as the desktop says, if it does
	Reduced = "reduced" // nothing moves
	Full    = "full"
)

var (
	preference atomic.Value // string
	desktop    atomic.Bool  // wants it reduced
)

// Prefer takes a preference: System, Reduced or Full. What moves already ends by
// itself.
func Prefer(p string) { preference.Store(p) }

// Allowed says whether things may move. Safe for use by several goroutines.
func Allowed() bool {
	switch p, _ := preference.Load().(string); p {
	case Reduced:
		return false
	case Full:
		return true
	}
	return !desktop.Load()
}

// calm is an app whose widgets ask here before they move something.
type calm struct{ fyne.App }

func (c calm) Settings() fyne.Settings { return calmSettings{c.App.Settings()} }

type calmSettings struct{ fyne.Settings }

// ShowAnimations implements fyne.Settings.
func (s calmSettings) ShowAnimations() bool { return Allowed() && s.Settings.ShowAnimations() }
