package device

import (
	"context"
	"slices"
	"time"
)

// List is what is plugged in now. It never holds Test, None or files.
type List struct {
	Cameras, Microphones, Speakers, Screens []Info
	NoSound                                 bool // no sound server answers, and there is no sound card without one
}

func (l List) equal(o List) bool {
	return slices.Equal(l.Cameras, o.Cameras) && slices.Equal(l.Microphones, o.Microphones) &&
		slices.Equal(l.Speakers, o.Speakers) && l.NoSound == o.NoSound && slices.Equal(l.Screens, o.Screens)
}

// watchEvery is how often Watch looks. Neither V4L2 here nor a sound server
// behind malgo tells of changes.
const watchEvery = time.Second

// Devices lists what is there now. A missing sound server or display is an
// empty list, not an error.
func Devices() List {
	var s screenList
	defer s.close()
	return devices(&s)
}

func devices(s *screenList) List {
	l := List{Cameras: cameras(), Screens: s.list()}
	var err error
	l.Microphones, l.Speakers, err = soundDevices()
	l.NoSound = err != nil
	return l
}

// Watch sends the list now and whenever it changes, coalesced to the newest,
// until ctx ends; then it closes the channel.
func Watch(ctx context.Context) <-chan List {
	lists := make(chan List, 1)
	go func() {
		defer close(lists)
		var s screenList
		defer s.close()
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		var last List
		for first := true; ctx.Err() == nil; first = false {
			if l := devices(&s); first || !l.equal(last) {
				last = l
				select {
				case <-lists: // nobody took the older one
				default:
				}
				lists <- l
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return lists
}
