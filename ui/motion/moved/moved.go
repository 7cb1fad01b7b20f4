package moved

import (
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"

	"foyer/ui/motion"
)

// Count counts movements.
type Count struct{ n atomic.Int64 }

// Begun is how many were begun since the last time.
func (c *Count) Begun() int { return int(c.n.Swap(0)) }

type app struct {
	fyne.App
	driver driver
}

func (a app) Driver() fyne.Driver { return a.driver }

type driver struct {
	fyne.Driver
	count *Count
}

func (d driver) StartAnimation(a *fyne.Animation) {
	d.count.n.Add(1)
	d.Driver.StartAnimation(a)
}

// Watch counts from now on, in the current app, until the test ends. Fyne's own
// widgets ask package motion, as in the program.
func Watch(t *testing.T) *Count {
	t.Helper()
	was := fyne.CurrentApp()
	c := &Count{}
	motion.Use(app{was, driver{was.Driver(), c}})
	t.Cleanup(func() {
		motion.Prefer(motion.System)
		fyne.SetCurrentApp(was)
	})
	return c
}
