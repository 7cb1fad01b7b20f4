package settings

import (
	"context"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"foyer/app/settings"
	"foyer/media/device"
	"foyer/ui/devices"
	"foyer/ui/soundcheck"
)

// plugged are the rows with what is plugged in. What is chosen holds at once.
type plugged struct {
	o     *Options
	check *soundcheck.Check // tries what is chosen
	kind  []*pluggedKind
	last  *device.List // nil before the first

	stop   context.CancelFunc
	closed bool // of the UI goroutine
	work   sync.WaitGroup
}

// pluggedKind is one row of it.
type pluggedKind struct {
	picker *devices.Picker
	now    func() *string // the setting
}

func newPlugged(o *Options, check *soundcheck.Check) *plugged {
	p := &plugged{o: o, check: check}
	for _, k := range []struct {
		kind device.Kind
		of   func(s *settings.Settings) *string
	}{
		{device.Camera, func(s *settings.Settings) *string { return &s.Camera }},
		{device.Microphone, func(s *settings.Settings) *string { return &s.Microphone }},
		{device.Speaker, func(s *settings.Settings) *string { return &s.Speaker }},
	} {
		row := &pluggedKind{now: func() *string { return k.of(&o.Settings) }}
		row.picker = devices.New(k.kind, func(id string) {
			*row.now() = id
			if o.OnDevice != nil {
				o.OnDevice(k.kind, id)
			}
			p.show()
		})
		row.picker.Fill(device.List{}, *row.now(), false)
		p.kind = append(p.kind, row)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	lists := o.Watch(ctx)
	p.work.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case l, ok := <-lists:
				if !ok {
					return
				}
				o.Do(func() {
					p.last = &l
					p.show()
				})
			}
		}
	})
	return p
}

func (p *plugged) rows() []*row {
	var list []*row
	for i, label := range []string{lang.L("Camera"), lang.L("Microphone"), lang.L("Speaker")} {
		k := p.kind[i].picker
		list = append(list, newRow(label, container.New(&column{}, []fyne.CanvasObject{k.Select, k.Why}...)))
	}
	return list
}

// show shows what is plugged in now, and what is missing.
func (p *plugged) show() {
	if p.closed || p.last == nil {
		return
	}
	var missing []string
	for _, k := range p.kind {
		k.picker.Fill(*p.last, *k.now(), true)
		k.picker.Lock(false)
		none, without := "", ""
		if k.picker.Empty() {
			none, without = k.picker.Missing(), k.picker.Without()
		}
		k.picker.Explain(without)
		missing = append(missing, none)
	}
	p.check.SetReasons(missing[1], missing[2])
	if p.o.refit != nil {
		p.o.refit()
	}
}

func (p *plugged) close() {
	p.closed = true
	p.stop()
	p.work.Wait()
}
