package call

import "fmt"

// ShareOptions says what goes out with a shared screen.
type ShareOptions struct {
	Sound  bool   // what other programs play; see device.OpenSystemSound
	Window string // the title of a window that is shared, "" for a monitor; only we are told of it
}

// startShare captures and publishes a monitor or a window.
func (k *Call) startShare(id string, o ShareOptions) error {
	k.endShare()
	err := k.openShare(id)
	var silent error
	if err == nil && o.Sound {
		silent = k.startShareSound() // the picture goes on without
	}
	k.update(func() {
		k.local.Sharing, k.local.ShareError = err == nil, err
		k.local.tries.screen++
		k.local.tries.screenAudio++
		k.local.SharingSound, k.local.ShareSoundError = err == nil && o.Sound && silent == nil, silent
		if err == nil {
			k.local.SharedScreen, k.local.SharedWindow = id, o.Window
			k.local.begun(Screen)
		}
	})
	return err
}

func (k *Call) openShare(id string) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	r, err := k.c.OpenScreen(id, screenOptions)
	if err != nil {
		return fmt.Errorf("share screen: %w", err)
	}
	first, err := r.Read()
	if err != nil {
		r.Close()
		return fmt.Errorf("share screen: %w", err)
	}
	p, err := newPublisher(k, Screen, first.Width, first.Height)
	if err != nil {
		first.Release()
		r.Close()
		return err
	}
	k.screen = p
	k.setSending(Screen, p)
	k.sharing.Store(true)
	p.start(r, first, func(err error) {
		k.verbs.do(func() {
			if k.screen == p {
				k.endShare()
				k.update(func() { k.local.ShareError = err })
			}
		})
	})
	return nil
}

// endShare takes the shared screen back.
func (k *Call) endShare() {
	if k.screen == nil {
		return
	}
	k.endShareSound()
	k.screen.stop()
	k.screen.unpublish()
	k.screen = nil
	k.setSending(Screen, nil)
	k.sharing.Store(false)
	k.clearView(k.room.LocalParticipant.Identity(), Screen)
	k.update(func() {
		k.local.Sharing, k.local.SharingSound, k.local.SharedScreen, k.local.SharedWindow = false, false, "", ""
	})
}
