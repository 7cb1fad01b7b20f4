package notify

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Note is one notification.
type Note struct {
	About string // a later note about the same takes this one's place
	Title string
	Text  string // plain; may be empty
}

const (
	apart = 2 * time.Second // from one note to the next
	most  = 4               // that wait for that; the oldest gives way
)

// Options says what notifications look like and whom they tell. The zero value works.
type Options struct {
	Program   string // for people
	Icon      []byte // PNG
	OpenLabel string // of what a click does
	// OnOpen hears, on a goroutine of its own, that a note was clicked.
	OnOpen func()
}

// Notifier shows notes, sparingly. Safe for use by several goroutines.
type Notifier struct {
	mu      sync.Mutex
	waiting []Note
	clear   bool // what is shown is to go
	wake    chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

// New makes a notifier. The desktop is asked for nothing before the first note.
func New(o Options) *Notifier {
	ctx, cancel := context.WithCancel(context.Background())
	n := &Notifier{wake: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(n.done)
		n.serve(ctx, &desktop{o: o})
	}()
	return n
}

// Show shows a note soon, and returns at once. Where the desktop shows no
// notifications nothing happens.
func (n *Notifier) Show(note Note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = slices.DeleteFunc(n.waiting, func(o Note) bool { return o.About == note.About })
	n.waiting = append(n.waiting, note)
	if len(n.waiting) > most {
		n.waiting = slices.Delete(n.waiting, 0, 1)
	}
	n.nudge()
}

// Clear takes back what is shown and what waits: it has been seen.
func (n *Notifier) Clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting, n.clear = nil, true
	n.nudge()
}

// Close clears, and waits. It may be called once.
func (n *Notifier) Close() {
	n.cancel()
	<-n.done
}

func (n *Notifier) nudge() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// take returns what is to be done next; only clearing is where nothing may be shown yet.
func (n *Notifier) take(show bool) (note Note, there, clear bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear, n.clear = n.clear, false
	if show && len(n.waiting) > 0 {
		note, there = n.waiting[0], true
		n.waiting = slices.Delete(n.waiting, 0, 1)
	}
	return note, there, clear
}

func (n *Notifier) serve(ctx context.Context, d *desktop) {
	defer d.close()
	var pause <-chan time.Time // until the next may be shown
	for {
		note, there, clear := n.take(pause == nil)
		if clear {
			d.clear()
		}
		if there {
			d.show(ctx, note)
			pause = time.After(apart)
		}
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		case <-pause:
			pause = nil
		}
	}
}
